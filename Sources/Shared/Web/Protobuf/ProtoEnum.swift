/// A protobuf enum. Its last case, `unrecognized`, keeps numbers that only a newer peer has a name for.
public protocol ProtoEnum: Sendable, Hashable, CaseIterable {
    init(rawValue: Int32)
    var rawValue: Int32 { get }

    /// Lower case, without the prefix that all values of the enum have: `warning`; the number if it has no name.
    var name: String { get }

    /// As in the `.proto` file: `LEVEL_WARNING`; nil if the number has no name.
    var protoName: String? { get }

    /// Aliases are known too.
    init?(protoName: String)
}

extension ProtoEnum {
    public init?(name: String) {
        guard let value = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = value
    }
}
