extension WellKnown {
    /// Names of fields, with points between levels: `google.protobuf.FieldMask`. In JSON it is one string, with commas between
    /// paths and names in lowerCamelCase.
    public struct FieldMask: Message {
        /// `query.total_matched`.
        public var paths: [String] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension WellKnown.FieldMask {
    public static let protoName = "google.protobuf.FieldMask"

    public static let fields = [
        FieldDescriptor(number: 1, name: "paths", jsonName: "paths", kind: .string, isRepeated: true)
    ]

    public func value(of number: Int) -> FieldValue { .none }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 1 { try decoder.read(ProtoString.self, into: &self.paths) }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(ProtoString.self, 1, self.paths)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        if number == 1 { try reader.read(ProtoString.self, into: &self.paths) }
    }

    public func writeJSONFields(to writer: inout JSONWriter) { writer.writeEach(ProtoString.self, "paths", self.paths) }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        let text = try reader.string()
        for path in text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let snakeCase = Self.snakeCase(path) else { throw reader.problem("must be names in lowerCamelCase") }
            self.paths.append(snakeCase)
        }
    }

    /// Names that would not come back are not written.
    public func writeJSONValue(to writer: inout JSONWriter) {
        let paths = self.paths.map { path -> String? in
            let camelCase = Self.camelCase(path)
            return camelCase.contains(",") || Self.snakeCase(camelCase[...]) != path ? nil : camelCase
        }
        if paths.contains(nil) { return writer.word("null") }
        writer.string(paths.compactMap { $0 }.joined(separator: ","))
    }

    private static func camelCase(_ path: String) -> String {
        var (result, isNext) = ("", false)
        for character in path.unicodeScalars {
            if isNext {
                result += String(character).uppercased()
            } else if character != "_" {
                result.unicodeScalars.append(character)
            }
            isNext = !isNext && character == "_"
        }
        return result
    }

    /// nil for what has an underscore already.
    private static func snakeCase(_ path: Substring) -> String? {
        var result = ""
        for character in path.unicodeScalars {
            if character == "_" { return nil }
            if ("A"..."Z").contains(character) {
                result += "_\(String(character).lowercased())"
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
