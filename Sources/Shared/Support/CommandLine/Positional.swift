/// One positional argument with its value's type erased.
package struct PositionalSpec: Sendable {
    package enum Arity: Sendable {
        case one, maybe
        /// All that are left, at least one.
        case some
        /// All that are left, perhaps none.
        case rest
    }

    package let name: String
    package let arity: Arity
    package let completion: Completion
    package let help: String
    let read: @Sendable (String) throws(ValueProblem) -> any Sendable

    /// `TOPIC`, `[TOPIC]`, `FILTER...` or `[PAYLOAD]...`.
    package var usage: String {
        switch self.arity {
        case .one: self.name
        case .maybe: "[\(self.name)]"
        case .some: "\(self.name)..."
        case .rest: "[\(self.name)]..."
        }
    }

    var takesAllThatAreLeft: Bool { self.arity == .some || self.arity == .rest }
}

/// What lists of positionals hold: ``Positional`` of any value.
package protocol AnyPositional: Sendable {
    var spec: PositionalSpec { get }
}

/// An argument that is found by its place.
package struct Positional<Value: Sendable>: AnyPositional {
    package let spec: PositionalSpec
    let collect: @Sendable ([any Sendable]) -> Value

    private init<Item>(
        _ type: ValueType<Item>,
        _ arity: PositionalSpec.Arity,
        _ help: String,
        collect: @escaping @Sendable ([any Sendable]) -> Value
    ) {
        self.spec = PositionalSpec(
            name: type.placeholder,
            arity: arity,
            completion: type.completion,
            help: help,
            read: { (text: String) throws(ValueProblem) -> any Sendable in try type.read(text) }
        )
        self.collect = collect
    }

    /// One that may be missing.
    package init<Item>(maybe type: ValueType<Item>, _ help: String) where Value == Item? {
        self.init(type, .maybe, help) { $0.first as? Item }
    }

    /// One that must be there.
    package init(_ type: ValueType<Value>, _ help: String) {
        self.init(type, .one, help) { values in
            guard let value = values.first as? Value else {
                preconditionFailure("the parser let a missing argument pass")
            }
            return value
        }
    }

    /// All that are left, at least one; comes last.
    package init<Item>(some type: ValueType<Item>, _ help: String) where Value == [Item] {
        self.init(type, .some, help) { $0.compactMap { $0 as? Item } }
    }

    /// All that are left, perhaps none; comes last.
    package init<Item>(rest type: ValueType<Item>, _ help: String) where Value == [Item] {
        self.init(type, .rest, help) { $0.compactMap { $0 as? Item } }
    }
}
