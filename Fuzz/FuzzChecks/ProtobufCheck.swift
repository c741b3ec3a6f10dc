import Protobuf
import TestMessages

/// The first byte of an input says which of them it is.
private let types: [any Message.Type] = [
    TestV1.Scalars.self, TestV1.Optionals.self, TestV1.Repeated.self, TestV1.Unpacked.self, TestV1.Maps.self,
    TestV1.Choices.self, TestV1.Node.self, TestV1.Branch.self, TestV1.WellKnownTypes.self, TestV1.Newer.self,
]

/// Reads bytes as a binary message and traps when a promise of the codec does not hold: what is read and written is read as the
/// same message again, and what is written twice is the same bytes.
package func fuzzProtobuf(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let type = types[Int(first) % types.count]
    checkBinary(type, Array(bytes.dropFirst()))
}

private func checkBinary<M: Message>(_: M.Type, _ bytes: [UInt8]) {
    guard let message = try? M(serialized: bytes) else { return }
    let written = message.serialized()
    guard let again = try? M(serialized: written) else {
        preconditionFailure("a message is refused after it was written again")
    }
    // Bytes, not messages: a NaN is not equal to itself.
    precondition(again.serialized() == written, "a message is another one after it was written and read again")
    for field in M.fields { _ = message.value(of: field.number) }
    checkJSON(of: message)
}

/// Reads bytes as a JSON message and traps when a promise does not hold: as ``fuzzProtobuf(_:)``, and over the binary form too.
package func fuzzProtobufJSON(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let type = types[Int(first) % types.count]
    checkText(type, Array(bytes.dropFirst()))
}

private func checkText<M: Message>(_: M.Type, _ text: [UInt8]) {
    guard let message = try? M(json: text) else { return }
    checkJSON(of: message)
    guard let lenient = try? M(json: text, ignoringUnknownMembers: true) else {
        preconditionFailure("a message is refused only when unknown members are ignored")
    }
    precondition(lenient.serialized() == message.serialized(), "ignoring unknown members changes a message without any")
    guard let binary = try? M(serialized: message.serialized()) else {
        preconditionFailure("a message from JSON is refused in binary")
    }
    precondition(binary.json() == message.json(), "a message from JSON is another one after it was binary")
}

/// A text without null is read as what it was written from. A time or a duration that has no text is written as null, which a
/// field is not read from, and a list's element cannot be; whatever is read from such a text is again one without them.
private func checkJSON<M: Message>(of message: M) {
    let text = message.json()
    let again = try? M(json: text)
    guard contains(text, "null") else {
        precondition(again?.json() == text, "a message's JSON is another one after it was read and written again")
        return
    }
    guard let second = again?.json() else { return }
    let third = try? M(json: second)
    precondition(third?.json() == second, "a message's JSON is another one after it was read and written twice")
}

private func contains(_ text: [UInt8], _ word: String) -> Bool {
    text.indices.contains { text[$0...].starts(with: word.utf8) }
}
