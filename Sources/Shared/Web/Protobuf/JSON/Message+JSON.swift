internal import JSON

/// The JSON form of messages. Source: protobuf "ProtoJSON Format".
extension Message {
    /// Reads one JSON text.
    ///
    /// - Parameter ignoringUnknownMembers: Whether members that the message does not have, and names of values that an enum
    ///   does not have, are passed over. They are refused else.
    /// - Throws: ``ProtobufError/malformedJSON(_:offset:)`` and ``ProtobufError/invalidJSON(path:problem:)``. The length is the
    ///   caller's to limit.
    public init(json bytes: [UInt8], ignoringUnknownMembers: Bool = false) throws(ProtobufError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes, maximumDepth: JSONReader.maximumTextDepth)
        } catch {
            throw .malformedJSON(error.message, offset: error.offset)
        }
        self.init()
        try self.readJSONValue(from: JSONReader(value, ignoresUnknown: ignoringUnknownMembers))
    }

    /// On one line. Fields without presence that are zero are left out, and so are ``unknownFields``, which have no names.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        self.writeJSONValue(to: &writer)
        return writer.bytes
    }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        try self.readJSONObject(from: reader)
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        writer.object { self.writeJSONFields(to: &$0) }
    }

    private mutating func readJSONObject(from reader: JSONReader) throws(ProtobufError) {
        guard case .object(let members) = reader.value else { throw reader.problem("must be an object") }
        var seen: Set<Int> = []
        var oneofs: Set<String> = []
        for (name, value) in members {
            guard let field = Self.fields.first(where: { $0.jsonName == name || $0.name == name }) else {
                if reader.ignoresUnknown { continue }
                throw reader.problem("\(Self.protoName) has no such field").within(name)
            }
            guard seen.insert(field.number).inserted else { throw reader.problem("is given twice").within(name) }
            if case .null = value, !field.takesNull { continue }
            if let oneof = field.oneof, !oneofs.insert(oneof).inserted {
                throw reader.problem("only one member of '\(oneof)' can be given").within(name)
            }
            do {
                try self.readJSONField(field.number, from: reader.reader(of: value))
            } catch {
                throw error.within(name)
            }
        }
    }
}

extension FieldDescriptor {
    /// Whether null is a value of the field. For all other fields it means that the field is absent.
    fileprivate var takesNull: Bool {
        !self.isRepeated && (self.typeName == WellKnown.Value.protoName || self.typeName == "google.protobuf.NullValue")
    }
}

extension ProtobufError {
    /// The same error, seen from one level further out.
    func within(_ step: String) -> ProtobufError {
        guard case .invalidJSON(let path, let problem) = self else { return self }
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return .invalidJSON(path: "\(step)\(separator)\(path)", problem: problem)
    }
}
