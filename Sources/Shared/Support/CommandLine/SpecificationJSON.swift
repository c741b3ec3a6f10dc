package import JSON

extension Program {
    /// The whole command tree for programs: commands with their effect, arguments, flags and output.
    package var specificationJSON: JSONValue {
        .object([
            ("schema", .string("fluxmq.help/1")),
            ("name", .string(self.name)),
            ("version", .string(self.version)),
            ("flags", .array(self.flags.map(\.json))),
            ("commands", .array(self.everyCommand.map { self.json(of: $0) })),
            (
                "exit_codes",
                .array(
                    self.exitCodes.entries.map { .object([("code", .string($0.term)), ("help", .string($0.text))]) }
                )
            ),
        ])
    }

    private func json(of command: Command) -> JSONValue {
        let group = command.group.flatMap { self.group(named: $0) }
        return .object([
            ("path", .array(([command.group].compactMap(\.self) + [command.name]).map { .string($0) })),
            ("group_aliases", .array((group?.aliases ?? []).map { .string($0) })),
            ("summary", .string(command.summary)),
            ("description", .array(command.description.map { .string($0) })),
            ("effect", .string(command.effect.rawValue)),
            ("arguments", .array(command.positionals.map(\.json))),
            ("flags", .array(command.flags.map(\.json))),
            ("global_flags", .array(self.flags.filter(command.takes).map { .string($0.name) })),
            ("output_schema", command.output.map { .string($0.identifier) } ?? .null),
            (
                "examples",
                .array(command.examples.map { .object([("line", .string($0.line)), ("help", .string($0.text))]) })
            ),
        ])
    }
}

extension FlagSpec {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(self.name)),
            ("short", self.short.map { .string(String($0)) } ?? .null),
            ("value", self.placeholder.map { .string($0) } ?? .null),
            ("value_optional", .bool(self.valueWhenBare != nil)),
            ("repeatable", .bool(self.isRepeatable)),
            ("words", self.completion.json),
            ("help", .string(self.help)),
        ])
    }
}

extension PositionalSpec {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(self.name)),
            ("required", .bool(self.arity == .one || self.arity == .some)),
            ("repeatable", .bool(self.arity == .some || self.arity == .rest)),
            ("words", self.completion.json),
            ("help", .string(self.help)),
        ])
    }
}

extension Completion {
    /// The words to choose from; null when any text will do.
    fileprivate var json: JSONValue {
        guard case .words(let words) = self else { return .null }
        return .array(words.map { .string($0) })
    }
}
