import Glibc
import Topics

/// Reading a file and its text.
extension AccessRules {
    /// Bytes of one line.
    private static let longestLine = 4_096
    /// Of one file, in one error.
    private static let mostProblems = 20

    /// Bytes of one file: a rule for each of half a million clients.
    private static let largestFile = 64 << 20

    private static let keywords = ["user", "client", "anonymous", "topic", "pattern", "default"]

    package static func read(_ path: String) throws(AccessRulesError) -> AccessRules {
        // Opening a pipe that nobody writes to must not wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw AccessRulesError(file: path, problems: [(0, "is not a regular file")])
        }
        guard let file = fdopen(descriptor, "r") else { throw Self.unreadable(path, errno) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while true {
            var code: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, used in
                used = fread(buffer.baseAddress, 1, buffer.count, file)
                code = used < buffer.count && ferror(file) != 0 ? errno : 0
            }
            if code != 0 { throw Self.unreadable(path, code) }
            bytes += piece
            if bytes.count > Self.largestFile {
                throw AccessRulesError(file: path, problems: [(0, "has more than \(Self.largestFile >> 20) MiB")])
            }
            if piece.isEmpty { return try AccessRules(bytes, name: path) }
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> AccessRulesError {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return AccessRulesError(file: path, problems: [(0, "cannot be read: \(reason)")])
    }

    /// - Parameter name: For messages.
    /// - Throws: All that is wrong with it, with line numbers.
    package init(_ bytes: [UInt8], name: String) throws(AccessRulesError) {
        var reader = Reader()
        var problems: [(line: Int, text: String)] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where problems.count < Self.mostProblems {
            if let problem = reader.read(line, number: index + 1) { problems.append((index + 1, problem)) }
        }
        if !problems.isEmpty { throw AccessRulesError(file: name, problems: problems) }
        self.init(file: name, rules: reader.rules, allowsByDefault: reader.allowsByDefault ?? false)
    }

    private struct Reader {
        var rules: [AccessRule] = []
        var allowsByDefault: Bool?
        private var subject = AccessRule.Subject.anonymous

        /// - Returns: What is wrong with the line; nil for a good one.
        mutating func read(_ bytes: ArraySlice<UInt8>, number: Int) -> String? {
            if bytes.count > longestLine { return "the line has \(bytes.count) bytes; the most is \(longestLine)" }
            guard let whole = String(validating: bytes, as: UTF8.self) else { return "the line is not UTF-8" }
            let text = trimmed(Substring(whole))
            if text.isEmpty || text.hasPrefix("#") { return nil }
            if text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" }) {
                return "the line has a control character in it"
            }
            let (keyword, rest) = firstWord(of: text)
            switch keyword {
            case "user": return self.begin(.user(String(rest)), rest, "user NAME")
            case "client": return self.begin(.client(String(rest)), rest, "client ID")
            case "anonymous":
                if !rest.isEmpty { return "anonymous stands alone on its line" }
                self.subject = .anonymous
            case "default":
                guard rest == "allow" || rest == "deny" else { return "expected default allow or default deny" }
                if self.allowsByDefault != nil { return "default is said for the second time" }
                self.allowsByDefault = rest == "allow"
            case "topic", "pattern": return self.add(keyword, rest, number)
            default:
                let hint = near(keyword, AccessRules.keywords).map { "did you mean \($0)? " } ?? ""
                return "unknown word \"\(keyword.prefix(32))\"; \(hint)lines begin with "
                    + AccessRules.keywords.joined(separator: ", ")
            }
            return nil
        }

        private mutating func begin(_ subject: AccessRule.Subject, _ rest: Substring, _ form: String) -> String? {
            if rest.isEmpty { return "expected \(form)" }
            self.subject = subject
            return nil
        }

        private mutating func add(_ keyword: Substring, _ rest: Substring, _ number: Int) -> String? {
            let names = AccessRule.Right.allCases.map(\.rawValue)
            if rest.isEmpty { return "expected \(keyword) [\(names.joined(separator: "|"))] FILTER" }
            let (word, behind) = firstWord(of: rest)
            var (right, filter) = (AccessRule.Right.readwrite, rest)
            if let named = AccessRule.Right(rawValue: String(word)) {
                if behind.isEmpty {
                    return
                        "\(keyword) \(word) has no filter; for a topic of that name write \(keyword) readwrite \(word)"
                }
                (right, filter) = (named, behind)
            } else if !behind.isEmpty {
                let hint = near(word, names).map { "did you mean \($0)? " } ?? ""
                return
                    "\"\(word.prefix(32))\" is no right; \(hint)there are \(names.joined(separator: ", ")), and before a "
                    + "filter with a blank in it one has to stand"
            }
            if let problem = Self.problem(with: filter, isPattern: keyword == "pattern") { return problem }
            self.rules.append(
                AccessRule(
                    line: number,
                    subject: keyword == "pattern" ? .everybody : self.subject,
                    keyword: String(keyword),
                    right: right,
                    filter: String(filter)
                )
            )
            return nil
        }

        private static func problem(with filter: Substring, isPattern: Bool) -> String? {
            let levels = filter.split(separator: "/", omittingEmptySubsequences: false)
            if levels.first == "$share" {
                return "a rule is about topics, not about who shares them: leave $share and the group away"
            }
            for level in levels where level.contains("%u") || level.contains("%c") {
                if !isPattern {
                    return "\(level.prefix(32)) has a value in pattern lines only; write pattern for topic"
                }
                if !isVariable(level) { return "\"\(level.prefix(32))\": %u and %c have to be all of their level" }
            }
            guard TopicFilter.isValid(Array(filter.utf8).span) else {
                return "\"\(filter.prefix(64))\" is no topic filter: + is all of its level, # all of the last one"
            }
            return nil
        }
    }
}

/// What is wrong with an ACL file.
package struct AccessRulesError: Error, Sendable {
    package let file: String
    /// Lines count from 1; 0 is the file as a whole.
    package let problems: [(line: Int, text: String)]
}

extension AccessRulesError: CustomStringConvertible {
    /// A line for each problem.
    package var description: String {
        self.problems.map { $0.line == 0 ? "\(self.file): \($0.text)" : "\(self.file):\($0.line): \($0.text)" }
            .joined(separator: "\n")
    }
}

private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }

private func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
}

private func firstWord(of text: Substring) -> (word: Substring, rest: Substring) {
    let word = text.prefix { !isBlank($0) }
    return (word, text.dropFirst(word.count).drop(while: isBlank))
}

/// The candidate that differs by one slip: a letter more, less, or another one, or two neighbours swapped.
private func near(_ word: Substring, _ candidates: [String]) -> String? {
    candidates.first { candidate in
        let (a, b) = (Array(word.lowercased()), Array(candidate))
        let start = zip(a, b).prefix { $0 == $1 }.count
        let (restA, restB) = (a[start...], b[start...])
        let isSwap =
            restA.count == restB.count && restA.count >= 2
            && Array(restA.prefix(2)) == Array(restB.prefix(2).reversed()) && restA.dropFirst(2) == restB.dropFirst(2)
        return isSwap || restA.dropFirst() == restB.dropFirst() || restA == restB.dropFirst()
            || restA.dropFirst() == restB
    }
}
