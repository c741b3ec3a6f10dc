package import AdminAPI
import Protobuf

extension AdminV1.Row {
    /// The row with no other fields than these, its id and its version: for backends whose rows are made whole anyway.
    package func keeping(_ fields: Set<Int>) -> AdminV1.Row {
        guard let body = self.body,
            let member = AdminV1.Row.fields.first(where: { $0.typeName == type(of: body).protoName })
        else { return self }
        let always = type(of: body).fields.filter { $0.name == "id" || $0.name == "version" }.map(\.number)
        let kept = keepFields(body.serialized(), fields.union(always))
        var encoder = BinaryEncoder()
        encoder.writeNested(member.number) { $0.prepend(kept) }
        return (try? AdminV1.Row(serialized: encoder.finish())) ?? self
    }
}

/// The wanted ones of a message's fields, which are all of our own writing.
private func keepFields(_ bytes: [UInt8], _ wanted: Set<Int>) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0

    func varint() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return value
    }

    while index < bytes.count {
        let start = index
        let tag = varint()
        switch tag & 7 {
        case 0: _ = varint()
        case 1: index += 8
        case 2: index += Int(varint())
        default: index += 4
        }
        if wanted.contains(Int(tag >> 3)) { result += bytes[start..<min(index, bytes.count)] }
    }
    return result
}
