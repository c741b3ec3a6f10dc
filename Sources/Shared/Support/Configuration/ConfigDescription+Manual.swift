extension ConfigDescription {
    /// The keys as mdoc for section 5 of the manual, a subsection for each section of the configuration. What has been said
    /// word for word in an earlier section is referred to there.
    ///
    /// - Parameter defaults: The value whose fields hold the defaults.
    package func manual(defaults: Root) -> String {
        var text = ""
        /// The section that first had a key's text, by name and text.
        var said: [String: String] = [:]
        for section in self.sections {
            text += ".Ss \(section.name)\n"
            var home: [String: [ConfigKey<Root>]] = [:]
            var own: [ConfigKey<Root>] = []
            for key in section.keys {
                if let earlier = said["\(key.name) \(self.facts(key, defaults))"] {
                    home[earlier, default: []].append(key)
                } else {
                    own.append(key)
                }
            }
            // Two keys that happen to read the same are no reason to send anybody elsewhere.
            if home.values.reduce(0, { $0 + $1.count }) < 3 { (home, own) = ([:], section.keys) }
            for name in self.sections.map(\.name) {
                guard let keys = home[name] else { continue }
                text += Roff.sentences(
                    "As in `\(name)`: \(keys.map { "`\($0.name)`" }.joined(separator: ", "))."
                )
            }
            let written = section.keys.filter { key in own.contains { $0.path == key.path } }
            if written.isEmpty { continue }
            text += ".Bl -tag -width Ds\n"
            for key in written {
                let facts = self.facts(key, defaults)
                said["\(key.name) \(facts)"] = said["\(key.name) \(facts)"] ?? section.name
                text += ".It Ic \(key.name)\n" + facts
            }
            text += ".El\n"
        }
        return text
    }

    private func facts(_ key: ConfigKey<Root>, _ defaults: Root) -> String {
        var facts = "Type: \(key.typeName), \(key.allowed)."
        if let unit = key.unit { facts += " Unit: \(unit)." }
        let value = key.defaultRule ?? key.write(defaults).map { "`\($0.yaml)`" }
        if let value { facts += " Default: \(value)." }
        if !key.aliases.isEmpty {
            facts += " Also accepted as \(key.aliases.map { "`\($0)`" }.joined(separator: ", "))."
        }
        if key.isLive { facts += " A reload applies it." }
        return Roff.sentences(facts) + ".Pp\n" + Roff.sentences(key.effect)
    }

    private var sections: [(name: String, keys: [ConfigKey<Root>])] {
        var sections: [(name: String, keys: [ConfigKey<Root>])] = []
        for key in self.keys {
            if sections.last?.name != key.section { sections.append((key.section, [])) }
            sections[sections.count - 1].keys.append(key)
        }
        return sections
    }

    /// The refused keys as an mdoc list; neighbours with one reason share it.
    package func refusalManual() -> String {
        var text = ".Bl -tag -width Ds\n"
        var rest = self.refusals[...]
        while let first = rest.first {
            let alike = rest.prefix { $0.reason == first.reason }
            rest = rest.dropFirst(alike.count)
            // One under the other: two long keys do not fit a line.
            text += alike.map { ".It Ic \($0.path)\n" }.joined()
            text += Roff.sentences("\(alike.count == 1 ? "This key" : "Each") \(first.reason).")
        }
        return text + ".El\n"
    }
}
