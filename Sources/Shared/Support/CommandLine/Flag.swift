/// One flag as the parser, help, man page and completion see it, with its value's type erased.
package struct FlagSpec: Sendable {
    package let name: String
    package let short: Character?
    /// `DURATION`; nil for a flag without a value.
    package let placeholder: String?
    package let completion: Completion
    package let help: String
    package let isRepeatable: Bool
    let read: @Sendable (String) throws(ValueProblem) -> any Sendable

    package var takesValue: Bool { self.placeholder != nil }

    /// `-Q, --qos N`.
    package var usage: String {
        let long = "--\(self.name)" + (self.placeholder.map { " \($0)" } ?? "")
        return self.short.map { "-\($0), \(long)" } ?? long
    }
}

/// What lists of flags hold: ``Flag`` of any value.
package protocol AnyFlag: Sendable {
    var spec: FlagSpec { get }
}

/// A flag whose value a handler reads as ``Arguments/subscript(_:)``, already of the right type.
///
/// A short letter means the same flag in every command of a program; ``Program/problems`` finds one that does not.
package struct Flag<Value: Sendable>: AnyFlag {
    package let spec: FlagSpec
    let collect: @Sendable ([any Sendable]) -> Value

    private init<Item>(
        _ name: String,
        short: Character?,
        _ type: ValueType<Item>?,
        repeats: Bool,
        _ help: String,
        collect: @escaping @Sendable ([any Sendable]) -> Value
    ) {
        self.spec = FlagSpec(
            name: name,
            short: short,
            placeholder: type?.placeholder,
            completion: type?.completion ?? .none,
            help: help,
            isRepeatable: repeats,
            read: { (text: String) throws(ValueProblem) -> any Sendable in
                guard let type else { return true }
                return try type.read(text)
            }
        )
        self.collect = collect
    }

    /// A value that may be absent.
    package init<Item>(_ name: String, short: Character? = nil, _ type: ValueType<Item>, _ help: String)
    where Value == Item? {
        self.init(name, short: short, type, repeats: false, help) { $0.last as? Item }
    }

    /// A value with a default. `default` is what help shows, in the form that a user would type, and is read by the same rule.
    package init(
        _ name: String,
        short: Character? = nil,
        _ type: ValueType<Value>,
        default text: String,
        _ help: String
    ) {
        guard let fallback = try? type.read(text) else { preconditionFailure("the default of --\(name) is not valid") }
        self.init(name, short: short, type, repeats: false, "\(help) Default: \(text).") {
            $0.last as? Value ?? fallback
        }
    }

    /// A value that may be given several times.
    package init<Item>(repeated name: String, short: Character? = nil, _ type: ValueType<Item>, _ help: String)
    where Value == [Item] {
        self.init(name, short: short, type, repeats: true, help) { $0.compactMap { $0 as? Item } }
    }
}

extension Flag where Value == Bool {
    /// A flag without a value.
    package init(toggle name: String, short: Character? = nil, _ help: String) {
        self.init(name, short: short, nil as ValueType<Bool>?, repeats: false, help) { !$0.isEmpty }
    }
}

extension Flag where Value == Int {
    /// A flag without a value that counts how often it was given.
    package init(counted name: String, short: Character? = nil, _ help: String) {
        self.init(name, short: short, nil as ValueType<Bool>?, repeats: true, help) { $0.count }
    }
}

/// Flags under one heading of help and man page.
package struct FlagGroup: Sendable {
    package let title: String
    package let flags: [FlagSpec]

    package init(_ title: String, _ flags: any AnyFlag...) {
        self.title = title
        self.flags = flags.map { $0.spec }
    }
}
