/// What generated code calls for the present field. A field that comes in another form than its type has is left alone, and so
/// becomes an unknown one.
extension BinaryDecoder {
    /// A field without presence.
    public mutating func read<Coding: FieldCoding>(
        _: Coding.Type,
        into value: inout Coding.Value
    ) throws(ProtobufError) {
        if self.takeField(Coding.wireType) { try Coding.read(into: &value, from: &self) }
    }

    /// A field with presence: a message, an `optional` scalar, a member of a `oneof`.
    public mutating func read<Coding: FieldCoding>(
        _: Coding.Type,
        into value: inout Coding.Value?
    ) throws(ProtobufError) {
        guard self.takeField(Coding.wireType) else { return }
        var present = value ?? Coding.zero
        // Held twice, an array inside would be copied for each element that a peer sends in a piece of its own.
        value = nil
        try Coding.read(into: &present, from: &self)
        value = present
    }

    /// A repeated field: one more element, or many that are packed.
    public mutating func read<Coding: FieldCoding>(
        _: Coding.Type,
        into values: inout [Coding.Value]
    ) throws(ProtobufError) {
        if self.takeField(Coding.wireType) {
            var value = Coding.zero
            try Coding.read(into: &value, from: &self)
            values.append(value)
        } else if self.takeField(.lengthDelimited) {
            try self.packed { (decoder) throws(ProtobufError) in
                var value = Coding.zero
                try Coding.read(into: &value, from: &decoder)
                values.append(value)
            }
        }
    }

    /// One entry of a map; a later one with the same key replaces it.
    public mutating func read<Key: MapKeyCoding, Value: FieldCoding>(
        _: Key.Type,
        _: Value.Type,
        into map: inout [Key.Value: Value.Value]
    ) throws(ProtobufError) {
        guard self.takeField(.lengthDelimited) else { return }
        var (key, value) = (Key.zero, Value.zero)
        try self.nested { (decoder) throws(ProtobufError) in
            while try decoder.nextField() {
                switch decoder.field {
                case 1: try decoder.read(Key.self, into: &key)
                case 2: try decoder.read(Value.self, into: &value)
                default: break
                }
                if !decoder.isFieldTaken { try decoder.skipField() }
            }
        }
        map[key] = value
    }
}
