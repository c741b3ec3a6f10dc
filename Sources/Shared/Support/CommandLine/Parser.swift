import Terminal

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
    var group: CommandGroup?
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
                return .help(self.subject)
            } else if token.hasPrefix("--") {
                try self.receivedLong(token)
            } else {
                try self.receivedShort(token)
            }
        }
        if self.command == nil, let group = self.group {
            let width = group.commands.map(\.name.count).max() ?? 0
            throw UsageError(
                "\(group.name): which verb?",
                hints: group.commands.map { padded($0.name, to: width + 2) + $0.summary }
                    + ["see: \(self.program.helpCommand(for: self.subject))"]
            )
        }
        if self.command == nil, self.program.hasCommands { throw self.problem("which command?") }
        try self.bindWords()
        if let command = self.command {
            for flag in self.program.flags where self.arguments.has(flag) && !command.takes(flag) {
                throw self.problem("--\(flag.name) has no meaning here")
            }
        }
        return .run(self.command, self.arguments)
    }

    private mutating func receivedWord(_ word: String) throws(UsageError) {
        if self.command != nil || !self.program.hasCommands {
            self.words.append(word)
        } else if let group = self.group {
            guard let command = group.command(named: word) else {
                let names = group.commands.map(\.name)
                let near = verb(meantBy: word, among: names) ?? closest(to: word, among: names)
                throw self.problem(
                    "unknown verb \"\(safe(word))\" of \(group.name)",
                    near.map { "did you mean \"\($0)\"?" }
                        ?? "there are: \(group.commands.map(\.name).joined(separator: ", "))"
                )
            }
            self.command = command
        } else if let group = self.program.group(named: word) {
            self.group = group
        } else if let command = self.program.command(named: word) {
            self.command = command
        } else {
            throw self.problem("unknown command \"\(safe(word))\"", self.hint(forUnknown: word))
        }
    }

    private func hint(forUnknown word: String) -> String? {
        if let owner = self.program.commandGroups.first(where: { $0.command(named: word) != nil }) {
            return "the noun comes first, as in: \(self.program.name) \(owner.name) \(word)"
        }
        for owner in self.program.commandGroups {
            guard let verb = verb(meantBy: word, among: owner.commands.map(\.name)) else { continue }
            return "the noun comes first, as in: \(self.program.name) \(owner.name) \(verb)"
        }
        let known = self.program.commandGroups.flatMap(\.names) + self.program.commands.map(\.name)
        return closest(to: word, among: known).map { "did you mean \"\($0)\"?" }
    }

    private var subject: HelpSubject {
        self.command.map { .command($0) } ?? self.group.map { .group($0) } ?? .program
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
                if token.count == 2 { try self.checkNotMisread(flag, letter) }
                try self.record(flag, nil)
            } else if let bare = flag.valueWhenBare, letters.first.map({ $0 != "=" && !$0.isNumber }) ?? true {
                try self.record(flag, bare)
            } else if letters.isEmpty {
                try self.recordTakingNext(flag, written: "-\(letter)")
            } else {
                try self.record(flag, String(letters.first == "=" ? letters.dropFirst() : letters))
                return
            }
        }
    }

    private func checkNotMisread(_ flag: FlagSpec, _ letter: Character) throws(UsageError) {
        guard let misreading = flag.misreading, let next = self.tokens.first, misreading.values.contains(next),
            let meant = self.command?.flags.first(where: { $0.name == misreading.flag })
        else { return }
        let short = meant.short.map { " (-\($0) \(next))" } ?? ""
        throw self.problem("-\(letter) is --\(flag.name) here", "did you mean --\(meant.name) \(next)\(short)?")
    }

    private mutating func recordTakingNext(_ flag: FlagSpec, written: String) throws(UsageError) {
        guard flag.takesValue, flag.valueWhenBare == nil else { return try self.record(flag, flag.valueWhenBare) }
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
            throw self.problem("--\(flag.name) \"\(safe(text ?? ""))\" \(error.text)", error.hint)
        }
    }

    private mutating func bindWords() throws(UsageError) {
        var rest = self.words[...]
        for positional in self.command?.positionals ?? self.program.positionals {
            if rest.isEmpty, positional.arity == .one || positional.arity == .some {
                throw self.problem("\(positional.name) is missing")
            }
            for word in positional.takesAllThatAreLeft ? rest : rest.prefix(1) {
                do throws(ValueProblem) {
                    self.arguments.add(try positional.read(word), to: positional)
                } catch {
                    throw self.problem("\(positional.name) \"\(safe(word))\" \(error.text)", error.hint)
                }
            }
            rest = positional.takesAllThatAreLeft ? [] : rest.dropFirst()
        }
        if let extra = rest.first { throw self.problem("unexpected argument \"\(safe(extra))\"") }
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
        if self.command == nil, let owner = self.owner(where: { $0.name == name }) {
            return self.problem(
                "--\(name) belongs after its command",
                "as in: \(self.program.name) \(owner.path) --\(name)"
            )
        }
        let near = closest(to: name, among: self.known.map(\.name) + ["help"])
        return self.problem("unknown flag --\(safe(name))", near.map { "did you mean --\($0)?" })
    }

    private func unknown(letter: Character) -> UsageError {
        if self.command == nil, let owner = self.owner(where: { $0.short == letter }) {
            return self.problem(
                "-\(letter) belongs after its command",
                "as in: \(self.program.name) \(owner.path) -\(letter)"
            )
        }
        let other: Character = letter.isUppercase ? Character(letter.lowercased()) : Character(letter.uppercased())
        let near = self.known.first { $0.short == other }.map { "did you mean -\(other) (--\($0.name))?" }
        return self.problem("unknown flag -\(safe(String(letter)))", near)
    }

    /// The first command that has such a flag: of the group, when the line has come so far.
    private func owner(where matches: (FlagSpec) -> Bool) -> Command? {
        (self.group?.commands ?? self.program.everyCommand).first { $0.flags.contains(where: matches) }
    }

    private func problem(_ message: String, _ hint: String? = nil) -> UsageError {
        UsageError(message, hints: (hint.map { [$0] } ?? []) + ["see: \(self.program.helpCommand(for: self.subject))"])
    }
}
