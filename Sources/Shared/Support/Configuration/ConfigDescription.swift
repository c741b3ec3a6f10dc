/// A configuration, written down once: the keys in the order in which they are printed and documented.
package struct ConfigDescription<Root: Sendable>: Sendable {
    package let keys: [ConfigKey<Root>]
    package let refusals: [ConfigRefusal]
    private let keyIndex: [String: Int]
    private let refusalIndex: [String: Int]
    /// Each section's own names, in order: what an error lists.
    private let names: [String: [String]]
    /// Sections in which nothing stands but other names for keys of elsewhere, and refused ones; with these names.
    private let foreignNames: [String: [String]]
    private let sectionAliases: [String: String]
    let required: [String]

    /// - Parameters:
    ///   - sectionAliases: Other names of whole sections, from other brokers' files; both dotted, from the top.
    ///   - required: Paths of keys that have to be written. They count where the description is one of a list's sections.
    /// - Precondition: No path is described twice.
    package init(
        keys: [ConfigKey<Root>],
        refusals: [ConfigRefusal] = [],
        sectionAliases: [String: String] = [:],
        required: [String] = []
    ) {
        var foreign: [String] = []
        var keyIndex: [String: Int] = [:]
        var refusalIndex: [String: Int] = [:]
        var names: [String: [String]] = ["": []]
        for (index, key) in keys.enumerated() {
            precondition(keyIndex.updateValue(index, forKey: key.path) == nil, "\(key.path) is described twice")
            for alias in key.aliases {
                let path = key.section.isEmpty ? alias : "\(key.section).\(alias)"
                precondition(keyIndex.updateValue(index, forKey: path) == nil, "\(path) is described twice")
                foreign.append(path)
            }
            var child = key.path
            while let dot = child.lastIndex(of: ".") {
                let (section, name) = (String(child[..<dot]), String(child[child.index(after: dot)...]))
                if names[section, default: []].contains(name) { break }
                names[section, default: []].append(name)
                child = section
            }
            if !child.contains("."), names[""]?.contains(child) != true { names["", default: []].append(child) }
        }
        for (index, refusal) in refusals.enumerated() {
            let isNew = keyIndex[refusal.path] == nil && names[refusal.path] == nil && refusalIndex[refusal.path] == nil
            precondition(isNew, "\(refusal.path) is described twice")
            refusalIndex[refusal.path] = index
        }
        var foreignNames: [String: [String]] = [:]
        for path in foreign + refusals.map(\.path) {
            guard let dot = path.lastIndex(of: ".") else { continue }
            let section = String(path[..<dot])
            guard names[section] == nil else { continue }
            foreignNames[section, default: []].append(String(path[path.index(after: dot)...]))
        }
        self.keys = keys
        self.refusals = refusals
        self.keyIndex = keyIndex
        self.refusalIndex = refusalIndex
        self.names = names
        self.foreignNames = foreignNames
        self.sectionAliases = sectionAliases
        self.required = required
    }

    /// The names at the top, in order.
    var topNames: [String] { self.names[""] ?? [] }
}

extension ConfigDescription {
    /// Which keys and sections were written, and where; an override hides the file.
    package typealias Places = [String: ConfigError.Place]

    /// Writes what `document` says over `root`.
    ///
    /// - Parameter file: How errors call the document.
    package func decode(_ document: YAMLNode, file: String, into root: inout Root, places: inout Places)
        throws(ConfigError)
    {
        try self.read(document, .file(file, nil), into: &root, places: &places)
    }

    /// Does what one `--set key.path=value` says.
    package func apply(override: String, to root: inout Root, places: inout Places) throws(ConfigError) {
        let parts = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, path.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigError("this is not key.path=value", at: .override(override))
        }
        var node = YAMLNode(.scalar(String(parts[1]), .argument))
        for name in path.reversed() { node = YAMLNode(.mapping([YAMLEntry(String(name), node)])) }
        try self.read(node, .override(override), into: &root, places: &places)
    }

    /// Goes on after a mistake, and throws all of them.
    private func read(
        _ document: YAMLNode,
        _ source: ConfigError.Place,
        into root: inout Root,
        places: inout Places
    ) throws(ConfigError) {
        var mistakes: [ConfigError] = []
        let site = ConfigSite(path: "", source: source)
        self.walk(document, in: "", site, into: &root, places: &places, &mistakes)
        if let error = ConfigError(all: mistakes) { throw error }
    }

    /// Reads one of a list's sections.
    func readItem(_ item: YAMLNode, _ site: ConfigSite, into root: inout Root, _ mistakes: inout [ConfigError]) {
        var places: Places = [:]
        var mine: [ConfigError] = []
        self.walk(item, in: "", site, into: &root, places: &places, &mine)
        for name in self.required {
            // Somebody who wrote it wrongly has been told so.
            let isTried =
                places[name] != nil
                || mine.contains { [site.key(name), site.path].contains($0.key) || $0.suggestion == name }
            if isTried { continue }
            mine.append(
                ConfigError("\(site.path): \(name) is missing", key: site.path, at: site.source.at(item.position))
            )
        }
        mistakes += mine
    }

    private func walk(
        _ node: YAMLNode,
        in section: String,
        _ site: ConfigSite,
        into root: inout Root,
        places: inout Places,
        _ mistakes: inout [ConfigError]
    ) {
        if node.isNull { return }
        guard case .mapping(let entries) = node.content else {
            let names = (self.names[section] ?? self.foreignNames[section])?.joined(separator: ", ")
            let path = site.key(section)
            let subject = path.isEmpty ? "the configuration" : "\(path): this"
            let mistake = ConfigError(
                "\(subject) is a section of keys, found \(node.kind)",
                key: path.isEmpty ? nil : path,
                allowed: names,
                at: site.source.at(node.position)
            )
            return mistakes.append(mistake)
        }
        for entry in entries {
            do throws(ConfigError) {
                guard let (section, body) = try self.read(entry, in: section, site, into: &root, places: &places)
                else { continue }
                self.walk(body, in: section, site, into: &root, places: &places, &mistakes)
            } catch {
                mistakes += error.each
            }
        }
    }

    /// - Returns: The section that the entry is, to go on with; nil for a key.
    private func read(
        _ entry: YAMLEntry,
        in section: String,
        _ site: ConfigSite,
        into root: inout Root,
        places: inout Places
    ) throws(ConfigError) -> (section: String, body: YAMLNode)? {
        let path = section.isEmpty ? entry.key : "\(section).\(entry.key)"
        let keyPlace = site.source.at(entry.keyPosition)
        if entry.key.contains(".") || entry.key.isEmpty {
            throw self.unknown(entry.key, in: section, site, at: keyPlace)
        } else if let index = self.keyIndex[path] {
            try self.read(self.keys[index], writtenAs: path, entry, site, into: &root, places: &places)
        } else if let index = self.refusalIndex[path] {
            let refusal = self.refusals[index]
            if refusal.isHarmless(entry.value) { return nil }
            throw ConfigError("\(site.key(path)) \(refusal.reason)", key: site.key(path), at: keyPlace)
        } else if let section = self.section(path) {
            if case .file = site.source, places[section] != nil {
                throw self.doubled(path, section, site, at: keyPlace, "section")
            }
            places[section] = keyPlace
            return (section, entry.value)
        } else {
            throw self.unknown(entry.key, in: section, site, at: keyPlace)
        }
        return nil
    }

    /// The section that is meant by `path`; nil when none is.
    private func section(_ path: String) -> String? {
        let path = self.sectionAliases[path] ?? path
        return self.names[path] != nil || self.foreignNames[path] != nil ? path : nil
    }

    private func read(
        _ key: ConfigKey<Root>,
        writtenAs path: String,
        _ entry: YAMLEntry,
        _ site: ConfigSite,
        into root: inout Root,
        places: inout Places
    ) throws(ConfigError) {
        let source = site.source
        if case .file = source, places[key.path] != nil {
            throw self.doubled(path, key.path, site, at: source.at(entry.keyPosition), "key")
        }
        let whole = site.key(path)
        do throws(ConfigProblem) {
            try key.read(entry.value, ConfigSite(path: whole, source: source), &root)
        } catch {
            if let inside = ConfigError(all: error.inside) { throw inside }
            throw ConfigError(
                "\(whole)\(error.part): \(error.message)",
                key: whole + error.part,
                allowed: error.allowed ?? key.allowed,
                suggestion: error.suggestion,
                at: source.at(error.position ?? (entry.value.isNull ? entry.keyPosition : entry.value.position))
            )
        }
        if case .override = source { places = places.filter { !$0.key.hasPrefix("\(key.path)[") } }
        Self.note(entry.value, at: key.path, source, &places)
    }

    /// Each part of a value has a place of its own: what is found wrong later may be any of them.
    private static func note(_ node: YAMLNode, at path: String, _ source: ConfigError.Place, _ places: inout Places) {
        places[path] = source.at(node.position)
        switch node.content {
        case .scalar: break
        case .sequence(let items):
            for (index, item) in items.enumerated() { self.note(item, at: "\(path)[\(index)]", source, &places) }
        case .mapping(let entries):
            for entry in entries { self.note(entry.value, at: "\(path).\(entry.key)", source, &places) }
        }
    }

    private func doubled(
        _ path: String,
        _ known: String,
        _ site: ConfigSite,
        at place: ConfigError.Place,
        _ what: String
    ) -> ConfigError {
        let other = path == known ? "what stands above" : site.key(known)
        return ConfigError(
            "\(site.key(path)): \(other) is the same \(what) under another name; write one of them",
            key: site.key(path),
            at: place
        )
    }

    private func unknown(
        _ name: String,
        in section: String,
        _ site: ConfigSite,
        at place: ConfigError.Place
    ) -> ConfigError {
        let siblings = self.names[section] ?? self.foreignNames[section] ?? []
        let home = site.key(section)
        // Right word, wrong section: point at the section, when there is only one.
        let elsewhere = self.keys.filter { $0.name == name }
        return ConfigError(
            "unknown key '\(printable(name))'\(home.isEmpty ? "" : " in \(home)")",
            key: home.isEmpty ? name : "\(home).\(name)",
            allowed: siblings.joined(separator: ", "),
            suggestion: suggestion(for: name, among: siblings) ?? (elsewhere.count == 1 ? elsewhere[0].path : nil),
            at: place
        )
    }
}

extension ConfigError.Place {
    fileprivate func at(_ position: YAMLPosition?) -> Self {
        guard case .file(let name, _) = self else { return self }
        return .file(name, position)
    }
}
