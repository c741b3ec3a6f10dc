import Testing

/// One normative statement of a specification, and what proves that the broker keeps it.
struct Row: Sendable, CustomTestStringConvertible {
    enum Proof: Sendable {
        /// Bytes in, bytes out, against the broker.
        case script(@Sendable (Stage) -> Void)
        /// The statement binds clients. The script shows what the broker does with one that breaks it.
        case client(@Sendable (Stage) -> Void)
        /// The statement binds clients, and a server cannot see whether it is kept.
        case unseen(why: String)
        /// A test of another target: its file in Tests, and its name.
        case elsewhere(file: String, test: String)
        /// The statement speaks of something that the broker does not do, or leaves to whoever runs it.
        case without(why: String)
        /// The script of a row of the 5.0 table, in the packets of 3.1.1.
        case like(id: String)
    }

    let id: String
    /// The statement in our words.
    let summary: String
    let proof: Proof
    var wire = Wire.v5

    var testDescription: String { "MQTT \(self.wire.rawValue) [\(self.id)] \(self.summary)" }

    func spoken(_ wire: Wire) -> Row {
        var row = self
        row.wire = wire
        return row
    }
}

/// What the server does, shown by bytes.
func row(_ id: String, _ summary: String, _ script: @escaping @Sendable (Stage) -> Void) -> Row {
    Row(id: id, summary: summary, proof: .script(script))
}

/// What a client has to do: the bytes show what becomes of one that does not.
func client(_ id: String, _ summary: String, _ script: @escaping @Sendable (Stage) -> Void) -> Row {
    Row(id: id, summary: summary, proof: .client(script))
}

/// What a client has to do, where a server sees no difference.
func client(_ id: String, _ summary: String, unseen why: String) -> Row {
    Row(id: id, summary: summary, proof: .unseen(why: why))
}

/// What another target's test proves: `file` in the folder of all tests, and the test's name.
func elsewhere(_ id: String, _ summary: String, in file: String, _ test: String) -> Row {
    Row(id: id, summary: summary, proof: .elsewhere(file: file, test: test))
}

func without(_ id: String, _ summary: String, because why: String) -> Row {
    Row(id: id, summary: summary, proof: .without(why: why))
}

/// A statement of 3.1.1 that 5.0 has too: the same script, with 3.1.1's packets.
func like(_ id: String, _ summary: String, _ other: String) -> Row {
    Row(id: id, summary: summary, proof: .like(id: other))
}
