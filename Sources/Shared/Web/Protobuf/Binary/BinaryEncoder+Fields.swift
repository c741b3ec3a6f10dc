/// What generated code calls for each field, the last one first.
extension BinaryEncoder {
    /// A field without presence: its zero is left out.
    public mutating func write<Coding: FieldCoding>(_: Coding.Type, _ number: Int, _ value: Coding.Value) {
        if !Coding.isZero(value) { self.writePresent(Coding.self, number, value) }
    }

    /// A field with presence.
    public mutating func writeOptional<Coding: FieldCoding>(_: Coding.Type, _ number: Int, _ value: Coding.Value?) {
        if let value { self.writePresent(Coding.self, number, value) }
    }

    /// A field that is there: the present member of a `oneof`.
    public mutating func writePresent<Coding: FieldCoding>(_: Coding.Type, _ number: Int, _ value: Coding.Value) {
        Coding.write(value, to: &self)
        self.prependTag(number, Coding.wireType)
    }

    /// All elements behind one tag, as numbers have it.
    public mutating func writePacked<Coding: FieldCoding>(_: Coding.Type, _ number: Int, _ values: [Coding.Value]) {
        if values.isEmpty { return }
        self.writeNested(number) { encoder in
            for value in values.reversed() { Coding.write(value, to: &encoder) }
        }
    }

    /// A tag for each element.
    public mutating func writeEach<Coding: FieldCoding>(_: Coding.Type, _ number: Int, _ values: [Coding.Value]) {
        for value in values.reversed() { self.writePresent(Coding.self, number, value) }
    }

    /// An entry with two fields for each pair, in the order of the keys.
    public mutating func writeMap<Key: MapKeyCoding, Value: FieldCoding>(
        _: Key.Type,
        _: Value.Type,
        _ number: Int,
        _ map: [Key.Value: Value.Value]
    ) {
        for (key, value) in map.sorted(by: { Key.precedes($1.key, $0.key) }) {
            self.writeNested(number) { encoder in
                encoder.writePresent(Value.self, 2, value)
                encoder.writePresent(Key.self, 1, key)
            }
        }
    }

    public mutating func write(_ unknown: UnknownFields) { self.prepend(unknown.bytes) }
}
