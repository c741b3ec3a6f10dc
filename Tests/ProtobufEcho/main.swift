// protobuf-echo: what Tests/Interop/test_protobuf.py compares other people's protobuf with.
//
// On standard input come requests, on standard output go as many answers. A request is a length of four bytes, big-endian, and
// so many bytes: a letter for the form of the message, 'b' for binary, 'j' for JSON or 'i' for JSON with unknown members
// ignored; a letter for the form wanted, 'b' or 'j'; the length of the type's name, one byte, and the name; the message.
// An answer is a length and so many bytes: '+' and the message, or '-' and why it was refused.
import Glibc
import Protobuf
import TestMessages

let types: [any Message.Type] = [
    TestV1.Scalars.self, TestV1.Optionals.self, TestV1.Repeated.self, TestV1.Unpacked.self, TestV1.Maps.self,
    TestV1.Choices.self, TestV1.Node.self, TestV1.Branch.self, TestV1.WellKnownTypes.self, TestV1.Names.self,
    TestV1.Newer.self, TestV1.Older.self,
]
let typesByName = Dictionary(uniqueKeysWithValues: types.map { ($0.protoName, $0) })

func convert<M: Message>(_: M.Type, _ bytes: [UInt8], from: UInt8, to: UInt8) -> [UInt8] {
    do {
        let message =
            switch from {
            case UInt8(ascii: "b"): try M(serialized: bytes)
            default: try M(json: bytes, ignoringUnknownMembers: from == UInt8(ascii: "i"))
            }
        return [UInt8(ascii: "+")] + (to == UInt8(ascii: "b") ? message.serialized() : message.json())
    } catch {
        return Array("-\(error)".utf8)
    }
}

func readExactly(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let got = bytes.withUnsafeMutableBytes {
            read(STDIN_FILENO, $0.baseAddress.map { $0 + filled }, count - filled)
        }
        if got <= 0 { return nil }
        filled += got
    }
    return bytes
}

func writeAll(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let put = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if put <= 0 { exit(1) }
        rest = rest.dropFirst(put)
    }
}

while let length = readExactly(4) {
    guard let request = readExactly(length.reduce(0) { $0 << 8 | Int($1) }), request.count >= 3 else { exit(1) }
    let payload = 3 + Int(request[2])
    guard
        request.count >= payload,
        let type = typesByName[String(decoding: request[3..<payload], as: UTF8.self)]
    else { exit(1) }
    let answer = convert(type, Array(request[payload...]), from: request[0], to: request[1])
    writeAll(withUnsafeBytes(of: UInt32(answer.count).bigEndian) { Array($0) } + answer)
}
