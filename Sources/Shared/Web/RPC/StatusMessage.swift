/// `google.rpc.Status`, in which errors carry details: int32 code = 1, string message = 2, repeated Any details = 3, where
/// `google.protobuf.Any` is string type_url = 1, bytes value = 2.
///
/// Written out here because it is the only message of Google's that the protocol itself needs.
enum StatusMessage {
    /// Before a type's name in an `Any`.
    private static let typePrefix = "type.googleapis.com/"

    static func encode(_ error: RPCError) -> [UInt8] {
        var bytes: [UInt8] = [1 << 3, UInt8(error.code.rawValue)]
        self.append(Array(error.message.utf8), field: 2, to: &bytes)
        for detail in error.details {
            var any: [UInt8] = []
            self.append(Array((self.typePrefix + detail.type).utf8), field: 1, to: &any)
            self.append(detail.value, field: 2, to: &any)
            self.append(any, field: 3, to: &bytes)
        }
        return bytes
    }

    /// The details of a status; nil when it is malformed.
    static func details(_ bytes: [UInt8]) -> [RPCError.Detail]? {
        guard let fields = self.fields(bytes[...]) else { return nil }
        var details: [RPCError.Detail] = []
        for (number, any) in fields where number == 3 {
            guard let parts = self.fields(any) else { return nil }
            var detail = RPCError.Detail(type: "", value: [])
            for (number, part) in parts {
                if number == 1 {
                    let url = String(decoding: part, as: UTF8.self)
                    detail.type = String(
                        url[(url.lastIndex(of: "/").map { url.index(after: $0) } ?? url.startIndex)...]
                    )
                } else if number == 2 {
                    detail.value = Array(part)
                }
            }
            details.append(detail)
        }
        return details
    }

    private static func append(_ value: [UInt8], field: UInt8, to bytes: inout [UInt8]) {
        bytes.append(field << 3 | 2)
        var rest = value.count
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        bytes += value
    }

    /// The length-delimited fields, in their order; the others are skipped. nil when the message is malformed.
    private static func fields(_ bytes: ArraySlice<UInt8>) -> [(number: UInt64, value: ArraySlice<UInt8>)]? {
        var rest = bytes
        var fields: [(number: UInt64, value: ArraySlice<UInt8>)] = []
        while !rest.isEmpty {
            guard let tag = self.takeVarint(&rest) else { return nil }
            switch tag & 7 {
            case 0:
                guard self.takeVarint(&rest) != nil else { return nil }
            case 1, 5:
                let width = tag & 7 == 1 ? 8 : 4
                guard rest.count >= width else { return nil }
                rest.removeFirst(width)
            case 2:
                guard let length = self.takeVarint(&rest), length <= UInt64(rest.count) else { return nil }
                fields.append((tag >> 3, rest.prefix(Int(length))))
                rest.removeFirst(Int(length))
            default: return nil
            }
        }
        return fields
    }

    private static func takeVarint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
