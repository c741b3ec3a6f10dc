package import JSON

/// One value of a JSON text, on its way into a field.
public struct JSONReader {
    /// Arrays and objects inside each other: a message in an array counts twice.
    static let maximumTextDepth = 2 * BinaryDecoder.maximumDepth

    package let value: JSONValue
    /// Whether members and enum values without a name here are passed over.
    let ignoresUnknown: Bool
    /// Messages around the value.
    private let depth: Int

    init(_ value: JSONValue, ignoresUnknown: Bool) { self.init(value, ignoresUnknown, depth: 0) }

    private init(_ value: JSONValue, _ ignoresUnknown: Bool, depth: Int) {
        self.value = value
        self.ignoresUnknown = ignoresUnknown
        self.depth = depth
    }

    /// For a part of this value.
    func reader(of value: JSONValue) -> JSONReader { JSONReader(value, self.ignoresUnknown, depth: self.depth) }

    func problem(_ problem: String) -> ProtobufError { .invalidJSON(path: "", problem: problem) }

    func message<Value: Message>(_: Value.Type) throws(ProtobufError) -> Value {
        guard self.depth < BinaryDecoder.maximumDepth else { throw .nestedTooDeeply }
        var message = Value()
        try message.readJSONValue(from: JSONReader(self.value, self.ignoresUnknown, depth: self.depth + 1))
        return message
    }

    func elements() throws(ProtobufError) -> [JSONValue] {
        guard case .array(let elements) = self.value else { throw self.problem("must be an array") }
        return elements
    }

    func members() throws(ProtobufError) -> [(String, JSONValue)] {
        guard case .object(let members) = self.value else { throw self.problem("must be an object") }
        return members
    }

    func string() throws(ProtobufError) -> String {
        guard case .string(let text) = self.value else { throw self.problem("must be a string") }
        return text
    }

    /// A number or a string that holds one; `1.0` and `1e3` are integers.
    func integer<Integer: FixedWidthInteger>() throws(ProtobufError) -> Integer {
        let number: Integer?
        switch self.value {
        case .string(let text):
            guard let value = JSONReader.number(in: text) else { throw self.problem("must be an integer") }
            number = JSONReader.integer(value)
        case .integer, .unsigned, .number: number = JSONReader.integer(self.value)
        default: throw self.problem("must be an integer")
        }
        guard let number else {
            throw self.problem("must be an integer from \(Integer.min) to \(Integer.max)")
        }
        return number
    }

    static func integer<Integer: FixedWidthInteger>(_ value: JSONValue) -> Integer? {
        switch value {
        case .integer(let number): Integer(exactly: number)
        case .unsigned(let number): Integer(exactly: number)
        // Integers below Int64's range were rounded to it.
        case .number(let number): number == -0x1p63 ? nil : Integer(exactly: number)
        default: nil
        }
    }

    /// A number, a string that holds one, or the name of a value that JSON has no number for.
    func double() throws(ProtobufError) -> Double {
        let value: JSONValue
        if case .string(let text) = self.value {
            switch text {
            case "NaN": return .nan
            case "Infinity": return .infinity
            case "-Infinity": return -.infinity
            default: value = JSONReader.number(in: text) ?? .null
            }
        } else {
            value = self.value
        }
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .unsigned(let integer): number = Double(integer)
        case .number(let double): number = double
        default: throw self.problem("must be a number")
        }
        guard number.isFinite else { throw self.problem("is too large a number") }
        return number
    }

    /// The number that is the whole text.
    static func number(in text: String) -> JSONValue? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return nil }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard digits.contains(first) || first == UInt8(ascii: "-"), digits.contains(last) else { return nil }
        return try? JSONParser.parse(bytes)
    }
}

/// What generated code calls for the value of a field.
extension JSONReader {
    public func read<Coding: FieldCoding>(_: Coding.Type, into value: inout Coding.Value) throws(ProtobufError) {
        if let read = try Coding.read(from: self) { value = read }
    }

    public func read<Coding: FieldCoding>(_: Coding.Type, into value: inout Coding.Value?) throws(ProtobufError) {
        if let read = try Coding.read(from: self) { value = read }
    }

    public func read<Coding: FieldCoding>(_: Coding.Type, into values: inout [Coding.Value]) throws(ProtobufError) {
        for (index, element) in try self.elements().enumerated() {
            do {
                if let value = try Coding.read(from: self.reader(of: element)) { values.append(value) }
            } catch {
                throw error.within("[\(index)]")
            }
        }
    }

    public func read<Key: MapKeyCoding, Value: FieldCoding>(
        _: Key.Type,
        _: Value.Type,
        into map: inout [Key.Value: Value.Value]
    ) throws(ProtobufError) {
        var seen: Set<Key.Value> = []
        for (name, member) in try self.members() {
            guard let key = Key.value(ofJSONKey: name) else { throw self.problem("is no valid key").within(name) }
            guard seen.insert(key).inserted else { throw self.problem("is given twice").within(name) }
            do {
                if let value = try Value.read(from: self.reader(of: member)) { map[key] = value }
            } catch {
                throw error.within(name)
            }
        }
    }
}
