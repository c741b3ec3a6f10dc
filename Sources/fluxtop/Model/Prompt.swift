import Terminal

/// The line in which a filter is edited.
package struct Prompt: Equatable, Sendable {
    /// Bytes; more is not taken.
    static let longest = 512
    private static let remembered = 50

    package private(set) var text: [Character]
    /// Characters before the caret.
    package private(set) var caret: Int
    /// Which line of the history is shown, counted from the newest; nil for the one that is being written.
    private var place: Int?
    private var draft: [Character] = []

    /// - Parameter offset: Bytes before the caret; the end if nil.
    init(_ text: String, caretAt offset: Int? = nil) {
        self.text = Array(text)
        self.caret = self.text.count
        guard let offset else { return }
        var bytes = 0
        for (index, character) in self.text.enumerated() {
            if bytes >= offset {
                self.caret = index
                return
            }
            bytes += character.utf8.count
        }
    }

    package var string: String { String(self.text) }

    enum Outcome: Equatable {
        case editing, accept, cancel
    }

    mutating func key(_ key: KeyPress, history: [String]) -> Outcome {
        switch key {
        case .enter: return .accept
        case .escape, .control("c"), .control("g"): return .cancel
        case .character(let character): self.insert(character)
        case .backspace where self.text.isEmpty: return .cancel
        case .backspace where self.caret > 0:
            self.caret -= 1
            self.text.remove(at: self.caret)
        case .delete where self.caret < self.text.count, .control("d") where self.caret < self.text.count:
            self.text.remove(at: self.caret)
        case .left, .control("b"): self.caret = max(0, self.caret - 1)
        case .right, .control("f"): self.caret = min(self.text.count, self.caret + 1)
        case .home, .control("a"): self.caret = 0
        case .end, .control("e"): self.caret = self.text.count
        case .control("u"):
            self.text.removeFirst(self.caret)
            self.caret = 0
        case .control("k"): self.text.removeLast(self.text.count - self.caret)
        case .control("w"): self.removeWord()
        case .up, .control("p"): self.recall((self.place ?? -1) + 1, history)
        case .down, .control("n"): self.recall((self.place ?? 0) - 1, history)
        default: break
        }
        return .editing
    }

    private mutating func insert(_ character: Character) {
        guard self.string.utf8.count + character.utf8.count <= Self.longest else { return }
        self.text.insert(character, at: self.caret)
        self.caret += 1
    }

    private mutating func removeWord() {
        var start = self.caret
        while start > 0, self.text[start - 1] == " " { start -= 1 }
        while start > 0, self.text[start - 1] != " " { start -= 1 }
        self.text.removeSubrange(start..<self.caret)
        self.caret = start
    }

    private mutating func recall(_ place: Int, _ history: [String]) {
        guard place < history.count else { return }
        if self.place == nil { self.draft = self.text }
        self.place = place < 0 ? nil : place
        self.text = place < 0 ? self.draft : Array(history[history.count - 1 - place])
        self.caret = self.text.count
    }

    /// The history with a line that was accepted; a line stands there once.
    static func remember(_ line: String, in history: inout [String]) {
        guard !line.isEmpty else { return }
        history.removeAll { $0 == line }
        history.append(line)
        if history.count > self.remembered { history.removeFirst() }
    }
}
