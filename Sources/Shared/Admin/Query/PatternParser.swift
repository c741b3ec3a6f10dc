/// A pattern's structure.
indirect enum PatternTree {
    case one(Pattern.Instruction)
    case sequence([PatternTree])
    case either([PatternTree])
    /// No maximum means any number.
    case repeated(PatternTree, minimum: Int, maximum: Int?)
}

/// Reads the language that ``Pattern`` describes.
struct PatternParser {
    private static let maximumDepth = 32
    private static let maximumCount = 255

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private(set) var ignoresCase = false

    init(_ text: String) { self.scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(Pattern.Problem) -> PatternTree {
        if self.scalars.starts(with: "(?i)".unicodeScalars) {
            self.ignoresCase = true
            self.index = 4
        }
        let tree = try self.choices()
        if self.index < self.scalars.count { throw self.problem("a ) without its (") }
        return tree
    }

    private func problem(_ message: String, at index: Int? = nil) -> Pattern.Problem {
        let before = self.scalars[..<(index ?? self.index)]
        return Pattern.Problem(message: message, offset: before.reduce(0) { $0 + UTF8.width($1) })
    }

    private var next: Unicode.Scalar? { self.index < self.scalars.count ? self.scalars[self.index] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard self.next == scalar else { return false }
        self.index += 1
        return true
    }

    private mutating func choices() throws(Pattern.Problem) -> PatternTree {
        var choices = [try self.sequence()]
        while self.skip("|") { choices.append(try self.sequence()) }
        return choices.count == 1 ? choices[0] : .either(choices)
    }

    private mutating func sequence() throws(Pattern.Problem) -> PatternTree {
        var parts: [PatternTree] = []
        while let next, next != "|", next != ")" { parts.append(try self.repeated()) }
        return .sequence(parts)
    }

    private mutating func repeated() throws(Pattern.Problem) -> PatternTree {
        let part = try self.atom()
        let place = self.index
        let bounds: (minimum: Int, maximum: Int?)
        switch self.next {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{": bounds = try self.bounds()
        default: return part
        }
        self.index += 1
        _ = self.skip("?")  // as short as possible: the same answer to whether there is a match
        if let next, "*+?{".unicodeScalars.contains(next) { throw self.problem("a repetition of a repetition") }
        if let maximum = bounds.maximum, maximum < bounds.minimum {
            throw self.problem("{m,n} with n below m", at: place)
        }
        return .repeated(part, minimum: bounds.minimum, maximum: bounds.maximum)
    }

    /// `{m}`, `{m,}` or `{m,n}`, up to its brace.
    private mutating func bounds() throws(Pattern.Problem) -> (minimum: Int, maximum: Int?) {
        let place = self.index
        self.index += 1
        guard let minimum = try self.number() else {
            throw self.problem("{ wants a number; a plain one is \\{", at: place)
        }
        var maximum: Int? = minimum
        if self.skip(",") { maximum = try self.number() }
        guard self.next == "}" else { throw self.problem("{ without its }", at: place) }
        return (minimum, maximum)
    }

    private mutating func number() throws(Pattern.Problem) -> Int? {
        let place = self.index
        var value: Int?
        while let next, ScalarSet.isDigit(next) {
            value = (value ?? 0) * 10 + Int(next.value - 48)
            guard let value, value <= PatternParser.maximumCount else {
                throw self.problem("a repetition of more than \(PatternParser.maximumCount)", at: place)
            }
            self.index += 1
        }
        return value
    }

    private mutating func atom() throws(Pattern.Problem) -> PatternTree {
        let place = self.index
        let scalar = self.scalars[self.index]
        self.index += 1
        switch scalar {
        case "^": return .one(.start)
        case "$": return .one(.end)
        case ".": return .one(.any)
        case "[": return .one(.set(try self.set(from: place)))
        case "*", "+", "?", "{":
            throw self.problem("\(scalar) has nothing to repeat; a plain one is \\\(scalar)", at: place)
        case "(": return try self.group(from: place)
        case "\\":
            switch try self.escape() {
            case .scalar(let scalar): return .one(.scalar(scalar))
            case .part(let part): return .one(.set(ScalarSet(parts: [part])))
            case .wordBoundary: return .one(.wordBoundary)
            }
        default: return .one(.scalar(scalar))
        }
    }

    private mutating func group(from place: Int) throws(Pattern.Problem) -> PatternTree {
        if self.skip("?"), !self.skip(":") {
            throw self.problem(
                "(? begins something that does not exist here; (?: groups, (?i) stands at the front",
                at: place
            )
        }
        self.depth += 1
        guard self.depth <= PatternParser.maximumDepth else { throw self.problem("groups nested too deep", at: place) }
        let tree = try self.choices()
        guard self.skip(")") else { throw self.problem("( without its )", at: place) }
        self.depth -= 1
        return tree
    }

    private enum Escape {
        case scalar(Unicode.Scalar)
        case part(ScalarSet.Part)
        case wordBoundary
    }

    /// What follows a backslash.
    private mutating func escape() throws(Pattern.Problem) -> Escape {
        guard let scalar = self.next else { throw self.problem("a \\ at the end", at: self.index - 1) }
        self.index += 1
        switch scalar {
        case "d": return .part(.digit)
        case "D": return .part(.notDigit)
        case "w": return .part(.word)
        case "W": return .part(.notWord)
        case "s": return .part(.space)
        case "S": return .part(.notSpace)
        case "b": return .wordBoundary
        case "n": return .scalar("\n")
        case "r": return .scalar("\r")
        case "t": return .scalar("\t")
        case _ where ScalarSet.isWord(scalar):
            throw self.problem("\\\(scalar) means nothing here", at: self.index - 2)
        default: return .scalar(scalar)
        }
    }

    /// The rest of a set, after its bracket.
    private mutating func set(from place: Int) throws(Pattern.Problem) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = self.skip("^")
        var isFirst = true
        while let scalar = self.next, scalar != "]" || isFirst {
            isFirst = false
            guard let low = try self.member(&set) else { continue }
            guard self.next == "-", self.index + 1 < self.scalars.count, self.scalars[self.index + 1] != "]" else {
                set.parts.append(.range(low...low))
                continue
            }
            let dash = self.index
            self.index += 1
            guard let high = try self.member(&set), high >= low else {
                throw self.problem("a range that runs backwards", at: dash)
            }
            set.parts.append(.range(low...high))
        }
        guard self.skip("]") else { throw self.problem("[ without its ]", at: place) }
        return set
    }

    /// One character of a set; nil when it was a class, which is added.
    private mutating func member(_ set: inout ScalarSet) throws(Pattern.Problem) -> Unicode.Scalar? {
        let place = self.index
        let scalar = self.scalars[self.index]
        self.index += 1
        guard scalar == "\\" else { return scalar }
        switch try self.escape() {
        case .scalar(let scalar): return scalar
        case .part(let part):
            set.parts.append(part)
            return nil
        case .wordBoundary: throw self.problem("\\b has no meaning in a set", at: place)
        }
    }
}
