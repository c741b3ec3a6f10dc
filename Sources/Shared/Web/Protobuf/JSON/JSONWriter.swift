internal import JSON

/// Writes JSON on one line, straight into bytes.
public struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func object(_ body: (inout JSONWriter) -> Void) { self.enclosed("{", "}", body) }
    mutating func array(_ body: (inout JSONWriter) -> Void) { self.enclosed("[", "]", body) }

    private mutating func enclosed(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void)
    {
        self.bytes.append(UInt8(ascii: open))
        body(&self)
        self.bytes.append(UInt8(ascii: close))
    }

    /// Begins a member of the present object; its value is written next.
    mutating func name(_ name: String) {
        self.separate()
        appendJSONString(name, to: &self.bytes)
        self.bytes.append(UInt8(ascii: ":"))
    }

    /// Begins an element of the present array or object. A value never ends with what opens one.
    mutating func separate() {
        switch self.bytes.last {
        case UInt8(ascii: "{"), UInt8(ascii: "["): break
        default: self.bytes.append(UInt8(ascii: ","))
        }
    }

    mutating func string(_ text: String) { appendJSONString(text, to: &self.bytes) }

    /// `null`, `true`, or a number as it is.
    mutating func word(_ word: String) { self.bytes += word.utf8 }
}

/// What generated code calls for each field, the first one first.
extension JSONWriter {
    public mutating func write<Coding: FieldCoding>(_: Coding.Type, _ name: String, _ value: Coding.Value) {
        if !Coding.isZero(value) { self.writePresent(Coding.self, name, value) }
    }

    public mutating func writeOptional<Coding: FieldCoding>(_: Coding.Type, _ name: String, _ value: Coding.Value?) {
        if let value { self.writePresent(Coding.self, name, value) }
    }

    public mutating func writePresent<Coding: FieldCoding>(_: Coding.Type, _ name: String, _ value: Coding.Value) {
        self.name(name)
        Coding.write(value, to: &self)
    }

    public mutating func writeEach<Coding: FieldCoding>(_: Coding.Type, _ name: String, _ values: [Coding.Value]) {
        if values.isEmpty { return }
        self.name(name)
        self.array { writer in
            for value in values {
                writer.separate()
                Coding.write(value, to: &writer)
            }
        }
    }

    /// In the order of the keys.
    public mutating func writeMap<Key: MapKeyCoding, Value: FieldCoding>(
        _: Key.Type,
        _: Value.Type,
        _ name: String,
        _ map: [Key.Value: Value.Value]
    ) {
        if map.isEmpty { return }
        self.name(name)
        self.object { writer in
            for (key, value) in map.sorted(by: { Key.precedes($0.key, $1.key) }) {
                writer.writePresent(Value.self, Key.jsonKey(key), value)
            }
        }
    }
}
