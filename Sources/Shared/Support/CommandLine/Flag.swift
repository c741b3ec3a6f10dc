/// One flag as the parser, help, man page and completion see it, with its value's type erased.
package struct FlagSpec: Sendable {
    package let name: String
    package let short: Character?
    /// `DURATION`; nil for a flag without a value.
    package let placeholder: String?
    package let completion: Completion
    package let help: String
    package let isRepeatable: Bool
    /// What the flag means when it is given without its value; nil when it cannot be.
    package let valueWhenBare: String?
    /// What users of other programs take the letter for; nil when there is no such thing.
    let misreading: Misreading?
    let read: @Sendable (String) throws(ValueProblem) -> any Sendable

    package var takesValue: Bool { self.placeholder != nil }

    /// `-Q, --qos N`, `-w, --watch[=DURATION]`.
    package var usage: String {
        let value = self.placeholder.map { self.valueWhenBare == nil ? " \($0)" : "[=\($0)]" }
        let long = "--\(self.name)" + (value ?? "")
        return self.short.map { "-\($0), \(long)" } ?? long
    }
}

/// A letter without a value here that has one in programs of the same trade: a word behind it that could be that value is an
/// error, for else it would be taken for something else, silently.
package struct Misreading: Sendable {
    /// The long name of the flag that was probably meant; where a command has none of that name, nobody errs.
    package let flag: String
    package let values: [String]

    package init(for flag: String, _ values: [String]) {
        self.flag = flag
        self.values = values
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
        bare: String? = nil,
        misreading: Misreading? = nil,
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
            valueWhenBare: bare,
            misreading: misreading,
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

    /// A value that may be absent, of a flag that may stand without it: `--watch` and `--watch=5s`.
    ///
    /// - Parameter bare: The value of the flag alone, in the form that a user would type.
    package init<Item>(_ name: String, short: Character? = nil, _ type: ValueType<Item>, bare: String, _ help: String)
    where Value == Item? {
        self.init(name, short: short, type, repeats: false, bare: bare, help) { $0.last as? Item }
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
    package init(counted name: String, short: Character? = nil, misreading: Misreading? = nil, _ help: String) {
        self.init(name, short: short, nil as ValueType<Bool>?, repeats: true, misreading: misreading, help) { $0.count }
    }
}

/// Flags under one heading of help and man page.
package struct FlagGroup: Sendable {
    package let title: String
    package let flags: [FlagSpec]

    init(_ title: String, specs: [FlagSpec]) {
        self.title = title
        self.flags = specs
    }

    package init(_ title: String, _ flags: any AnyFlag...) {
        self.title = title
        self.flags = flags.map { $0.spec }
    }
}
