/// Why bytes or a JSON text are not a message.
public enum ProtobufError: Error, Equatable, Sendable {
    /// The bytes end inside a field, or a length leads beyond the end of what holds it.
    case truncated
    /// A number longer than ten bytes, or a length or tag longer than five.
    case malformedVarint
    /// A field with number 0 or a wire type that does not exist.
    case malformedTag
    /// A group ends that did not begin, or another than the one that did.
    case unmatchedEndGroup
    /// A string is not UTF-8.
    case invalidUTF8
    /// Messages in messages beyond ``BinaryDecoder/maximumDepth``.
    case nestedTooDeeply
    /// Not a JSON text.
    case malformedJSON(String, offset: Int)
    /// A JSON value that the field cannot have: `query.limit`.
    case invalidJSON(path: String, problem: String)
}

extension ProtobufError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated: "a field is longer than what holds it"
        case .malformedVarint: "a number has too many bytes"
        case .malformedTag: "a field has no valid tag"
        case .unmatchedEndGroup: "a group ends that did not begin"
        case .invalidUTF8: "a string is not UTF-8"
        case .nestedTooDeeply: "messages are nested more than \(BinaryDecoder.maximumDepth) deep"
        case .malformedJSON(let problem, let offset): "not JSON: \(problem) (at byte \(offset))"
        case .invalidJSON(let path, let problem): path.isEmpty ? problem : "\(path): \(problem)"
        }
    }
}
