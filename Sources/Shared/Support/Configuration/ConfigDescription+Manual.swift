extension ConfigDescription {
    /// The keys as mdoc for section 5 of the manual, a subsection for each section of the configuration. What has been said
    /// word for word in an earlier section is referred to there.
    ///
    /// - Parameter defaults: The value whose fields hold the defaults.
    package func manual(defaults: Root) -> String {
        let sections = self.sections(defaults)
        var text = ""
        /// The section that first had a key's text, by name and text.
        var said: [String: String] = [:]
        for section in sections {
            // A key at the top has a heading of its own.
            text += ".Ss \(section.name.isEmpty ? section.keys[0].name : section.name)\n"
            var home: [String: [String]] = [:]
            var own: [ConfigDocument] = []
            for key in section.keys {
                if let earlier = said["\(key.name) \(key.facts)"] {
                    home[earlier, default: []].append(key.name)
                } else {
                    own.append(key)
                }
            }
            // Two keys that happen to read the same are no reason to send anybody elsewhere.
            if !own.isEmpty, home.values.reduce(0, { $0 + $1.count }) < 3 { (home, own) = ([:], section.keys) }
            for name in sections.map(\.name) {
                guard let keys = home[name] else { continue }
                text += Roff.sentences("As in `\(name)`: \(keys.map { "`\($0)`" }.joined(separator: ", ")).")
            }
            if own.isEmpty { continue }
            text += ".Bl -tag -width Ds\n"
            for key in own {
                said["\(key.name) \(key.facts)"] = said["\(key.name) \(key.facts)"] ?? section.name
                text += ".It Ic \(key.name)\n" + key.facts
            }
            text += ".El\n"
        }
        return text
    }

    /// Every key in its order, with those of the sections of lists behind the list.
    func documents(defaults: Root) -> [ConfigDocument] {
        self.keys.flatMap { key in
            let own = ConfigDocument(section: key.section, name: key.name, facts: self.facts(key, defaults))
            return [own]
                + (key.parts?.keys ?? []).map { part in
                    var part = part
                    part.section = part.section.isEmpty ? "\(key.path)[]" : "\(key.path)[].\(part.section)"
                    return part
                }
        }
    }

    /// Also those of the sections of lists.
    var everyRefusal: [ConfigRefusal] {
        self.refusals
            + self.keys.flatMap { key in
                (key.parts?.refusals ?? []).map {
                    ConfigRefusal("\(key.path)[].\($0.path)", $0.reason, accepts: $0.accepts)
                }
            }
    }

    private func facts(_ key: ConfigKey<Root>, _ defaults: Root) -> String {
        let values = key.parts == nil ? key.allowed : "each with the keys of `\(key.name)[]`"
        var facts = "Type: \(key.typeName), \(values)."
        if let unit = key.unit { facts += " Unit: \(unit)." }
        if self.required.contains(key.path) {
            facts += " It has to be written."
        } else if let value = key.defaultRule ?? key.write(defaults).map({ "`\($0.yaml)`" }) {
            facts += " Default: \(value)."
        }
        if !key.aliases.isEmpty {
            facts += " Also accepted as \(key.aliases.map { "`\($0)`" }.joined(separator: ", "))."
        }
        if key.isLive { facts += " A reload applies it." }
        return Roff.sentences(facts) + ".Pp\n" + Roff.sentences(key.effect)
    }

    private func sections(_ defaults: Root) -> [(name: String, keys: [ConfigDocument])] {
        var sections: [(name: String, keys: [ConfigDocument])] = []
        for key in self.documents(defaults: defaults) {
            if let index = sections.firstIndex(where: { $0.name == key.section }) {
                sections[index].keys.append(key)
            } else {
                sections.append((key.section, [key]))
            }
        }
        return sections
    }

    /// The refused keys as an mdoc list; neighbours with one reason share it.
    package func refusalManual() -> String {
        var text = ".Bl -tag -width Ds\n"
        var rest = self.everyRefusal[...]
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
