import Bytes
import Glibc
import ProxyWire

/// Headers as proxies write them.
func v1(_ line: String) -> [UInt8] { Array((line + "\r\n").utf8) }

let v2Signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

func v2(command: UInt8 = 0x21, family: UInt8, _ body: [UInt8]) -> [UInt8] {
    v2Signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
}

/// 192.0.2.7:56324 to 198.51.100.1:1883.
let v4Body: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0xDC, 0x04, 0x07, 0x5B]
let v4Source = ProxyHeader.Source.ip(.v4(0xC000_0207), port: 56_324)

/// [2001:db8::7]:56324 to [2001:db8::1]:1883.
let v6Body: [UInt8] =
    [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [7]
    + [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
    + [0xDC, 0x04, 0x07, 0x5B]
let v6Source = ProxyHeader.Source.ip(.v6(0x2001_0DB8_0000_0000, 7), port: 56_324)

func tlv(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
    [type, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
}

/// Bit by bit.
func crc32c(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
        value ^= UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }
    return ~value
}

/// With its checksum as the last extension.
func v2WithChecksum(_ body: [UInt8], wrongBy difference: UInt32 = 0) -> [UInt8] {
    var header = v2(family: 0x11, body + tlv(0x03, [0, 0, 0, 0]))
    let value = crc32c(header) ^ difference
    for index in 0..<4 { header[header.count - 4 + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index)) }
    return header
}

/// What is in the corpus of a fuzzer, by name.
func corpus(_ name: String, file: StaticString = #filePath) -> [(name: String, bytes: [UInt8])] {
    let root = "\(file)".split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Fuzz/Corpus/\(name)"
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var inputs: [(name: String, bytes: [UInt8])] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard !name.hasPrefix("."), let file = fopen("\(path)/\(name)", "r") else { continue }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        inputs.append((name, bytes))
    }
    return inputs
}
