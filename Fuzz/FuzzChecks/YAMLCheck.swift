import Configuration

/// Reads bytes as a configuration file and traps when a promise of the parser does not hold.
///
/// A problem and every value have a place in the file; no key stands twice in a mapping; nothing is deeper than the limit; and
/// reading again gives the same.
package func fuzzYAML(_ bytes: [UInt8]) {
    let lines = bytes.count + 2  // the end of a file may be on a line of its own
    do throws(ConfigError) {
        let node = try YAMLParser.parse(bytes, file: "fuzz.yaml")
        if let node { check(node, lines: lines, depth: 0) }
        let again = try? YAMLParser.parse(bytes, file: "fuzz.yaml")
        precondition(again == node, "reading again gives another value")
    } catch {
        precondition(!error.description.isEmpty, "a problem has no words")
        precondition(error.description.hasPrefix("fuzz.yaml:"), "a problem does not name its file and line")
    }
}

private func check(_ node: YAMLNode, lines: Int, depth: Int) {
    precondition(depth <= 32, "a value is deeper than the limit")
    checkPlace(node.position, lines: lines)
    switch node.content {
    case .scalar: break
    case .sequence(let nodes):
        for item in nodes { check(item, lines: lines, depth: depth + 1) }
    case .mapping(let entries):
        precondition(Set(entries.map(\.key)).count == entries.count, "a key stands twice")
        for entry in entries {
            checkPlace(entry.keyPosition, lines: lines)
            check(entry.value, lines: lines, depth: depth + 1)
        }
    }
}

private func checkPlace(_ position: YAMLPosition?, lines: Int) {
    guard let position else { preconditionFailure("what stands in a file has no position") }
    precondition((1...lines).contains(position.line) && position.column >= 1, "something is nowhere in the file")
}
