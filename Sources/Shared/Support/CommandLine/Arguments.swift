/// What a command line said: the value of each flag and positional, read and checked.
package struct Arguments: Sendable {
    private var flags: [String: [any Sendable]] = [:]
    private var positionals: [String: [any Sendable]] = [:]

    package subscript<Value>(flag: Flag<Value>) -> Value { flag.collect(self.flags[flag.spec.name] ?? []) }

    package subscript<Value>(positional: Positional<Value>) -> Value {
        positional.collect(self.positionals[positional.spec.name] ?? [])
    }

    /// Whether the line has this flag, as opposed to its default.
    package func isGiven(_ flag: any AnyFlag) -> Bool { self.has(flag.spec) }

    mutating func add(_ value: any Sendable, to flag: FlagSpec) { self.flags[flag.name, default: []].append(value) }

    mutating func add(_ value: any Sendable, to positional: PositionalSpec) {
        self.positionals[positional.name, default: []].append(value)
    }

    package func has(_ flag: FlagSpec) -> Bool { self.flags[flag.name] != nil }
}

/// A command line that does not follow the specification, with what to do about it.
package struct UsageError: Error, Equatable, Sendable {
    package let message: String
    /// One line each: `did you mean --retain?`.
    package let hints: [String]

    package init(_ message: String, hints: [String] = []) {
        self.message = message
        self.hints = hints
    }
}

/// What a command line asks for.
package enum Request: Sendable {
    /// A command, or nil in a program without commands.
    case run(Command?, Arguments)
    case help(HelpSubject)
}

/// What help is about.
package enum HelpSubject: Sendable {
    case program
    case group(CommandGroup)
    case command(Command)
}
