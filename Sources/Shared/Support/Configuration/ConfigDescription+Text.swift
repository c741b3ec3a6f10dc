extension ConfigDescription {
    /// The whole of `root` as YAML that decodes to the same value.
    package func yaml(_ root: Root) -> String {
        var text = ""
        var open: [Substring] = []
        for key in self.keys {
            guard let value = key.write(root) else { continue }
            let sections = key.section.split(separator: ".")
            let shared = zip(open, sections).prefix { $0 == $1 }.count
            for depth in shared..<sections.count {
                text += String(repeating: "  ", count: depth) + sections[depth] + ":\n"
            }
            open = sections
            text += String(repeating: "  ", count: sections.count) + "\(key.name): \(value.yaml)\n"
        }
        return text
    }

    /// One key's value, as a list of the configuration shows it.
    package struct Entry: Equatable, Sendable {
        package var path: String
        /// YAML on one line; empty when the key is not set and has no default.
        package var value: String
        package var defaultValue: String
        package var isLive: Bool
        package var help: String
    }

    /// All keys with their values, in their order.
    package func entries(_ root: Root, defaults: Root) -> [Entry] {
        self.keys.map { key in
            Entry(
                path: key.path,
                value: key.write(root)?.yaml ?? "",
                defaultValue: key.write(defaults)?.yaml ?? "",
                isLive: key.isLive,
                help: key.effect
            )
        }
    }

    /// `running` with what a reload applies of `wanted`; keys that take a restart stay as they are.
    package func reloading(_ running: Root, to wanted: Root) -> Root {
        var result = running
        for key in self.keys where key.isLive { key.copy(wanted, &result) }
        return result
    }

    /// The keys as an mdoc list for section 5 of the manual, a subsection for each section of the configuration.
    ///
    /// - Parameter defaults: The value whose fields hold the defaults.
    package func manual(defaults: Root) -> String {
        var text = ""
        var section: String?
        for key in self.keys {
            if key.section != section {
                if section != nil { text += ".El\n" }
                text += ".Ss \(key.section)\n.Bl -tag -width Ds\n"
                section = key.section
            }
            text += ".It Ic \(key.name)\n"
            var facts = "Type: \(key.typeName), \(key.allowed)."
            if let unit = key.unit { facts += " Unit: \(unit)." }
            let value = key.defaultRule ?? key.write(defaults).map { "`\($0.yaml)`" }
            if let value { facts += " Default: \(value)." }
            if !key.aliases.isEmpty {
                facts += " Also accepted as \(key.aliases.map { "`\($0)`" }.joined(separator: ", "))."
            }
            if key.isLive { facts += " A reload applies it." }
            text += Roff.sentences(facts) + ".Pp\n" + Roff.sentences(key.effect)
        }
        if section != nil { text += ".El\n" }
        return text
    }

    /// The refused keys as an mdoc list.
    package func refusalManual() -> String {
        var text = ".Bl -tag -width Ds\n"
        for refusal in self.refusals {
            text += ".It Ic \(refusal.path)\n" + Roff.sentences("This key \(refusal.reason).")
        }
        return text + ".El\n"
    }
}

/// Plain sentences as lines of roff.
package enum Roff {
    /// A line for each sentence, as mdoc wants it; what stands between backquotes is literal, and bold.
    package static func sentences(_ text: String) -> String {
        var lines = ""
        var line = ""
        var isCode = false
        var previous: Character = " "
        for character in text {
            if character == " ", !isCode, ".?!".contains(previous) {
                lines += self.guarded(line) + "\n"
                line = ""
            } else if character == "`" {
                isCode.toggle()
                line += isCode ? "\\fB" : "\\fR"
            } else if character == "\\" {
                line += "\\e"
            } else if character == "-", isCode {
                line += "\\-"
            } else {
                line.append(character)
            }
            previous = character
        }
        return line.isEmpty ? lines : lines + self.guarded(line) + "\n"
    }

    /// Lines that are shown as they are, for a literal display.
    package static func literal(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var escaped = ""
            for character in line {
                switch character {
                case "\\": escaped += "\\e"
                case "-": escaped += "\\-"
                default: escaped.append(character)
                }
            }
            return self.guarded(escaped)
        }.joined(separator: "\n") + "\n"
    }

    /// A dot or an apostrophe at the start of a line would be a request.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }
}
