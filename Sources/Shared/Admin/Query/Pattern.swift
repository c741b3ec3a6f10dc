/// A regular expression whose cost is known before it runs: at most ``maximumSize`` steps for each of a text's first
/// ``maximumScalars`` characters. It does not look beyond those: `$` is the text's real end or nothing.
///
/// All paths are followed at once (Thompson's construction), so no pattern makes a match explode, and what would need going back
/// (references, look-around) does not exist. It answers only whether a text holds a match somewhere.
///
/// The language: literals, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S \b`, `^`, `$`, `( )`, `(?: )`, `|`, `* + ? {m} {m,} {m,n}`, and
/// `(?i)` at the front for letters in either case. A `\` makes any other punctuation plain.
package struct Pattern: Sendable, Equatable {
    /// Why a pattern was refused.
    package struct Problem: Error, Equatable, Sendable {
        package var message: String
        /// Bytes before the place that is wrong.
        package var offset: Int
    }

    /// Instructions of a compiled pattern at most, and of all patterns of one filter together; a bounded repetition is written out
    /// that many times, and a set counts once for every eight of its parts.
    package static let maximumSize = 512
    /// Characters (scalars) of a text that are looked at.
    package static let maximumScalars = 512

    enum Instruction: Sendable, Equatable {
        case scalar(Unicode.Scalar)
        case any
        case set(ScalarSet)
        case start
        case end
        case wordBoundary
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private let program: [Instruction]
    private let ignoresCase: Bool
    /// Instructions, counted as for ``maximumSize``.
    let size: Int

    package init(_ text: String) throws(Problem) {
        var parser = PatternParser(text)
        let tree = try parser.parse()
        self.ignoresCase = parser.ignoresCase
        var compiler = PatternCompiler()
        try compiler.add(tree)
        compiler.emit(.match)
        self.program = compiler.program
        self.size = compiler.size
    }

    /// Whether some part of the text, within its first ``maximumScalars`` characters, matches.
    package func matches(_ text: String) -> Bool {
        var run = Run(size: self.program.count)
        var before: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        var count = 0
        while true {
            // A match may start anywhere, so each place adds a new beginning.
            if self.follow(0, &run, before, next) { return true }
            guard let scalar = next, count < Pattern.maximumScalars else { return false }
            count += 1
            next = scalars.next()
            let others = self.ignoresCase ? otherCases(scalar) : []
            run.swap()
            for place in run.old where self.consumes(self.program[place], scalar, others) {
                if self.follow(place + 1, &run, scalar, next) { return true }
            }
            before = scalar
        }
    }

    /// Places of the program that the text so far can lead to; each once, so the work a character has an end.
    private struct Run {
        var old: [Int] = []
        var new: [Int] = []
        var stack: [Int] = []
        /// The generation in which a place was last added.
        var marks: [Int]
        var generation = 1

        init(size: Int) { self.marks = Array(repeating: 0, count: size) }

        mutating func swap() {
            (self.old, self.new) = (self.new, self.old)
            self.new.removeAll(keepingCapacity: true)
            self.generation += 1
        }
    }

    /// Adds a place and whatever is reached from it without reading on.
    ///
    /// - Returns: Whether the end of the program is among them.
    private func follow(_ start: Int, _ run: inout Run, _ before: Unicode.Scalar?, _ next: Unicode.Scalar?) -> Bool {
        run.stack.append(start)
        while let place = run.stack.popLast() {
            if run.marks[place] == run.generation { continue }
            run.marks[place] = run.generation
            switch self.program[place] {
            case .match:
                run.stack.removeAll()
                return true
            case .jump(let target): run.stack.append(target)
            case .split(let first, let second): run.stack += [second, first]
            case .start: if before == nil { run.stack.append(place + 1) }
            case .end: if next == nil { run.stack.append(place + 1) }
            case .wordBoundary:
                if before.map(ScalarSet.isWord) ?? false != next.map(ScalarSet.isWord) ?? false {
                    run.stack.append(place + 1)
                }
            case .scalar, .any, .set: run.new.append(place)
            }
        }
        return false
    }

    /// - Parameter others: The scalar's other cases, if case does not count.
    private func consumes(_ instruction: Instruction, _ scalar: Unicode.Scalar, _ others: [Unicode.Scalar]) -> Bool {
        switch instruction {
        case .any: true
        case .scalar(let wanted): scalar == wanted || others.contains(wanted)
        case .set(let set): (set.holds(scalar) || others.contains(where: set.holds)) != set.isNegated
        default: false
        }
    }
}

/// The lower and the upper case of a letter where they are one scalar each.
private func otherCases(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { text in
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
}

/// `[a-z_]`, `\d` and the like.
struct ScalarSet: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case range(ClosedRange<Unicode.Scalar>)
        case digit, notDigit, word, notWord, space, notSpace
    }

    var parts: [Part] = []
    var isNegated = false

    func holds(_ scalar: Unicode.Scalar) -> Bool {
        self.parts.contains { part in
            switch part {
            case .range(let range): range.contains(scalar)
            case .digit: ScalarSet.isDigit(scalar)
            case .notDigit: !ScalarSet.isDigit(scalar)
            case .word: ScalarSet.isWord(scalar)
            case .notWord: !ScalarSet.isWord(scalar)
            case .space: scalar.properties.isWhitespace
            case .notSpace: !scalar.properties.isWhitespace
            }
        }
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || self.isDigit(scalar) || scalar.properties.isAlphabetic
    }
}

/// Turns a pattern's tree into a program.
struct PatternCompiler {
    private(set) var program: [Pattern.Instruction] = []
    private(set) var size = 0
    /// Counts parts, since a part without instructions can be repeated too.
    private var steps = 0

    mutating func emit(_ instruction: Pattern.Instruction) {
        self.program.append(instruction)
        if case .set(let set) = instruction {
            self.size += max(1, (set.parts.count + 7) / 8)
        } else {
            self.size += 1
        }
    }

    mutating func add(_ tree: PatternTree) throws(Pattern.Problem) {
        self.steps += 1
        guard self.size < Pattern.maximumSize, self.steps < 4 * Pattern.maximumSize else {
            throw Pattern.Problem(message: "the pattern is too large: its repetitions multiply", offset: 0)
        }
        switch tree {
        case .one(let instruction): self.emit(instruction)
        case .sequence(let parts): for part in parts { try self.add(part) }
        case .either(let choices):
            var exits: [Int] = []
            for (index, choice) in choices.enumerated() {
                let split = self.program.count
                if index < choices.count - 1 { self.emit(.jump(0)) }
                try self.add(choice)
                if index < choices.count - 1 {
                    exits.append(self.program.count)
                    self.emit(.jump(0))
                    self.program[split] = .split(split + 1, self.program.count)
                }
            }
            for exit in exits { self.program[exit] = .jump(self.program.count) }
        case .repeated(let part, let minimum, let maximum):
            for _ in 0..<minimum { try self.add(part) }
            guard let maximum else {
                let split = self.program.count
                self.emit(.jump(0))
                try self.add(part)
                self.emit(.jump(split))
                self.program[split] = .split(split + 1, self.program.count)
                return
            }
            var splits: [Int] = []
            for _ in minimum..<maximum {
                splits.append(self.program.count)
                self.emit(.jump(0))
                try self.add(part)
            }
            for split in splits { self.program[split] = .split(split + 1, self.program.count) }
        }
    }
}
