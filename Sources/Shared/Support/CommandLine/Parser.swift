extension Program {
    /// Reads the arguments that follow the program's name.
    ///
    /// Flags may stand anywhere, as `--flag value`, `--flag=value`, `-f value`, `-fvalue`; letters without a value may be
    /// bundled. `--` ends the flags. A negative number is an argument and no flag.
    package func parse(_ arguments: [String]) throws(UsageError) -> Request {
        var parser = Parser(program: self, tokens: arguments[...])
        return try parser.parse()
    }
}

private struct Parser {
    let program: Program
    var tokens: ArraySlice<String>
    var command: Command?
    var arguments = Arguments()
    var words: [String] = []

    mutating func parse() throws(UsageError) -> Request {
        var flagsEnded = false
        while let token = self.tokens.popFirst() {
            if flagsEnded || token == "-" || !token.hasPrefix("-") || self.isNumber(token) {
                try self.receivedWord(token)
            } else if token == "--" {
                flagsEnded = true
            } else if token == "--help" || token == "-h" {
                return .help(self.command)
            } else if token.hasPrefix("--") {
                try self.receivedLong(token)
            } else {
                try self.receivedShort(token)
            }
        }
        if self.command == nil, !self.program.commands.isEmpty { throw self.problem("which command?") }
        try self.bindWords()
        return .run(self.command, self.arguments)
    }

    private mutating func receivedWord(_ word: String) throws(UsageError) {
        if self.command != nil || self.program.commands.isEmpty {
            self.words.append(word)
            return
        }
        guard let command = self.program.command(named: word) else {
            let near = closest(to: word, among: self.program.commands.map(\.name))
            throw self.problem("unknown command \"\(printable(word))\"", near.map { "did you mean \"\($0)\"?" })
        }
        self.command = command
    }

    private mutating func receivedLong(_ token: String) throws(UsageError) {
        let parts = token.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let flag = self.known.first(where: { $0.name == name }) else { throw self.unknown(name) }
        if parts.count == 2 {
            guard flag.takesValue else { throw self.problem("--\(name) takes no value") }
            try self.record(flag, String(parts[1]))
        } else {
            try self.recordTakingNext(flag, written: "--\(name)")
        }
    }

    private mutating func receivedShort(_ token: String) throws(UsageError) {
        var letters = token.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = self.known.first(where: { $0.short == letter }) else { throw self.unknown(letter: letter) }
            if !flag.takesValue {
                try self.record(flag, nil)
            } else if letters.isEmpty {
                try self.recordTakingNext(flag, written: "-\(letter)")
            } else {
                try self.record(flag, String(letters.first == "=" ? letters.dropFirst() : letters))
                return
            }
        }
    }

    private mutating func recordTakingNext(_ flag: FlagSpec, written: String) throws(UsageError) {
        guard flag.takesValue else { return try self.record(flag, nil) }
        guard let value = self.tokens.popFirst() else {
            throw self.problem("\(written) needs a value: \(flag.usage)")
        }
        try self.record(flag, value)
    }

    private mutating func record(_ flag: FlagSpec, _ text: String?) throws(UsageError) {
        if flag.takesValue, !flag.isRepeatable, self.arguments.has(flag) {
            throw self.problem("--\(flag.name) is given twice")
        }
        do throws(ValueProblem) {
            self.arguments.add(try flag.read(text ?? ""), to: flag)
        } catch {
            throw self.problem("--\(flag.name) \"\(printable(text ?? ""))\" \(error.text)", error.hint)
        }
    }

    private mutating func bindWords() throws(UsageError) {
        var rest = self.words[...]
        for positional in self.command?.positionals ?? [] {
            if rest.isEmpty, positional.arity == .one || positional.arity == .some {
                throw self.problem("\(positional.name) is missing")
            }
            for word in positional.takesAllThatAreLeft ? rest : rest.prefix(1) {
                do throws(ValueProblem) {
                    self.arguments.add(try positional.read(word), to: positional)
                } catch {
                    throw self.problem("\(positional.name) \"\(printable(word))\" \(error.text)", error.hint)
                }
            }
            rest = positional.takesAllThatAreLeft ? [] : rest.dropFirst()
        }
        if let extra = rest.first { throw self.problem("unexpected argument \"\(printable(extra))\"") }
    }

    /// Flags that may stand here: a command's own only after the command.
    private var known: [FlagSpec] { self.program.flags + (self.command?.flags ?? []) }

    private func isNumber(_ token: String) -> Bool {
        guard token.count > 1, let second = token.dropFirst().first, second.isNumber || second == "." else {
            return false
        }
        if token.count == 2, self.known.contains(where: { $0.short == second }) { return false }
        return Double(token) != nil
    }

    private func unknown(_ name: String) -> UsageError {
        if self.command == nil,
            let owner = self.program.commands.first(where: { $0.flags.contains { $0.name == name } })
        {
            return self.problem(
                "--\(name) belongs after its command",
                "as in: \(self.program.name) \(owner.name) --\(name)"
            )
        }
        let near = closest(to: name, among: self.known.map(\.name) + ["help"])
        return self.problem("unknown flag --\(printable(name))", near.map { "did you mean --\($0)?" })
    }

    private func unknown(letter: Character) -> UsageError {
        if self.command == nil,
            let owner = self.program.commands.first(where: { $0.flags.contains { $0.short == letter } })
        {
            return self.problem(
                "-\(letter) belongs after its command",
                "as in: \(self.program.name) \(owner.name) -\(letter)"
            )
        }
        let other: Character = letter.isUppercase ? Character(letter.lowercased()) : Character(letter.uppercased())
        let near = self.known.first { $0.short == other }.map { "did you mean -\(other) (--\($0.name))?" }
        return self.problem("unknown flag -\(printable(String(letter)))", near)
    }

    private func problem(_ message: String, _ hint: String? = nil) -> UsageError {
        UsageError(message, hints: (hint.map { [$0] } ?? []) + ["see: \(self.program.helpCommand(for: self.command))"])
    }
}
