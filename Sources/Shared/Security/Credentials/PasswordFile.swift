/// A file of users, line by line: `name:hash`, blank lines, and comments that begin with `#`.
///
/// Lines that nobody touches stay as they are, in their order, through every change.
package struct PasswordFile: Sendable {
    /// Bytes of a file, and of one line: beyond any that makes sense, and small enough to read at once.
    static let largestFile = 64 << 20
    private static let longestLine = 4_096
    /// Of one file, in one error.
    private static let mostProblems = 20

    private struct Line {
        var text: String
        /// nil for a comment or a blank line.
        var user: UserRecord?
    }

    private var lines: [Line] = []
    private var indices: [String: Int] = [:]

    /// A file without users.
    package init() {}

    /// Reads a file's text.
    ///
    /// - Parameter name: For messages.
    /// - Throws: All that is wrong with it, with line numbers.
    package init(_ bytes: [UInt8], name: String) throws(PasswordFileError) {
        var problems: [(line: Int, text: String)] = []
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw PasswordFileError(
                name,
                "begins with a byte order mark, which would be part of the first name; remove it"
            )
        }
        var content = bytes[...]
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        let pieces = bytes.isEmpty ? [] : content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() where problems.count < Self.mostProblems {
            do throws(HashProblem) {
                try self.append(piece, number: index + 1)
            } catch {
                problems.append((index + 1, error.text))
            }
        }
        if !problems.isEmpty { throw PasswordFileError(file: name, problems: problems) }
    }

    private mutating func append(_ piece: ArraySlice<UInt8>, number: Int) throws(HashProblem) {
        var piece = piece
        if piece.last == UInt8(ascii: "\r") { piece.removeLast() }
        guard piece.count <= Self.longestLine else {
            throw HashProblem("the line has \(piece.count) bytes; the most is \(Self.longestLine)")
        }
        guard let text = String(validating: piece, as: UTF8.self) else { throw HashProblem("the line is not UTF-8") }
        let first = text.utf8.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        if first == nil || first == UInt8(ascii: "#") {
            self.lines.append(Line(text: text, user: nil))
            return
        }
        let user = try UserRecord(line: text)
        if let other = self.indices[user.name] {
            throw HashProblem(
                "user \"\(quoted(user.name))\" is here for the second time; the first is line \(other + 1)"
            )
        }
        // A line that was refused keeps its place, or the numbers of those behind it would be wrong.
        while self.lines.count < number - 1 { self.lines.append(Line(text: "", user: nil)) }
        self.indices[user.name] = self.lines.count
        self.lines.append(Line(text: text, user: user))
    }

    /// In the order of the file.
    package var users: [UserRecord] { self.lines.compactMap(\.user) }

    package func user(named name: String) -> UserRecord? { self.indices[name].flatMap { self.lines[$0].user } }

    /// The number of the line that a user stands on, from 1.
    package func line(of name: String) -> Int? { self.indices[name].map { $0 + 1 } }

    /// Puts a user at the end, or in place of the one of that name.
    package mutating func set(_ user: UserRecord) {
        let line = Line(text: user.line, user: user)
        if let index = self.indices[user.name] {
            self.lines[index] = line
        } else {
            self.indices[user.name] = self.lines.count
            self.lines.append(line)
        }
    }

    /// - Returns: Whether there was such a user.
    package mutating func remove(_ name: String) -> Bool {
        guard let index = self.indices[name] else { return false }
        self.lines.remove(at: index)
        self.indices = [:]
        for (index, line) in self.lines.enumerated() { if let user = line.user { self.indices[user.name] = index } }
        return true
    }

    package var text: String { self.lines.map { $0.text + "\n" }.joined() }
}

/// What is wrong with a password file, or why it could not be read or written.
package struct PasswordFileError: Error, Sendable {
    package let file: String
    /// Lines count from 1; 0 is the file as a whole.
    package let problems: [(line: Int, text: String)]

    init(file: String, problems: [(line: Int, text: String)]) {
        self.file = file
        self.problems = problems
    }

    init(_ file: String, _ text: String) { self.init(file: file, problems: [(0, text)]) }
}

extension PasswordFileError: CustomStringConvertible {
    /// A line for each problem: `/etc/fluxmq/users:3: user "a" has no hash; ...`.
    package var description: String {
        self.problems.map { $0.line == 0 ? "\(self.file): \($0.text)" : "\(self.file):\($0.line): \($0.text)" }
            .joined(separator: "\n")
    }
}
