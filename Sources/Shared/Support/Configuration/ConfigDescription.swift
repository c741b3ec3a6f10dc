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

    /// - Parameter sectionAliases: Other names of whole sections, from other brokers' files; both dotted, from the top.
    /// - Precondition: No path is described twice.
    package init(
        keys: [ConfigKey<Root>],
        refusals: [ConfigRefusal] = [],
        sectionAliases: [String: String] = [:]
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
    }
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
        try self.walk(document, in: "", source: .file(file, nil), into: &root, places: &places)
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
        try self.walk(node, in: "", source: .override(override), into: &root, places: &places)
    }

    private func walk(
        _ node: YAMLNode,
        in section: String,
        source: ConfigError.Place,
        into root: inout Root,
        places: inout Places
    ) throws(ConfigError) {
        if node.isNull { return }
        guard case .mapping(let entries) = node.content else {
            let names = (self.names[section] ?? self.foreignNames[section])?.joined(separator: ", ")
            let subject = section.isEmpty ? "the configuration" : "\(section): this"
            throw ConfigError(
                "\(subject) is a section of keys, found \(node.kind)",
                key: section.isEmpty ? nil : section,
                allowed: names,
                at: source.at(node.position)
            )
        }
        for entry in entries {
            let path = section.isEmpty ? entry.key : "\(section).\(entry.key)"
            let keyPlace = source.at(entry.keyPosition)
            if entry.key.contains(".") || entry.key.isEmpty {
                throw self.unknown(entry.key, in: section, at: keyPlace)
            } else if let index = self.keyIndex[path] {
                try self.read(self.keys[index], writtenAs: path, entry, source, into: &root, places: &places)
            } else if let index = self.refusalIndex[path] {
                let refusal = self.refusals[index]
                if refusal.acceptsOff, entry.value.isOff { continue }
                throw ConfigError("\(path) \(refusal.reason)", key: path, at: keyPlace)
            } else if let section = self.section(path) {
                if case .file = source, places[section] != nil {
                    throw ConfigError(
                        "\(path): \(path == section ? "what stands above" : section) is the same section under another name; write one of them",
                        key: path,
                        at: keyPlace
                    )
                }
                places[section] = keyPlace
                try self.walk(entry.value, in: section, source: source, into: &root, places: &places)
            } else {
                throw self.unknown(entry.key, in: section, at: keyPlace)
            }
        }
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
        _ source: ConfigError.Place,
        into root: inout Root,
        places: inout Places
    ) throws(ConfigError) {
        if case .file = source, places[key.path] != nil {
            throw ConfigError(
                "\(path): \(path == key.path ? "what stands above" : key.path) is the same key under another name; write one of them",
                key: path,
                at: source.at(entry.keyPosition)
            )
        }
        do throws(ConfigProblem) {
            try key.read(entry.value, &root)
        } catch {
            throw ConfigError(
                "\(path)\(error.part): \(error.message)",
                key: path + error.part,
                allowed: error.allowed ?? key.allowed,
                suggestion: error.suggestion,
                at: source.at(error.position ?? (entry.value.isNull ? entry.keyPosition : entry.value.position))
            )
        }
        if case .override = source { places = places.filter { !$0.key.hasPrefix("\(key.path)[") } }
        places[key.path] = source.at(entry.value.position)
        guard case .sequence(let items) = entry.value.content else { return }
        for (index, item) in items.enumerated() {
            places["\(key.path)[\(index)]"] = source.at(item.position)
            guard case .mapping(let fields) = item.content else { continue }
            for field in fields { places["\(key.path)[\(index)].\(field.key)"] = source.at(field.value.position) }
        }
    }

    private func unknown(_ name: String, in section: String, at place: ConfigError.Place) -> ConfigError {
        let siblings = self.names[section] ?? self.foreignNames[section] ?? []
        let home = section.isEmpty ? "" : " in \(section)"
        // Right word, wrong section: point at the section, when there is only one.
        let elsewhere = self.keys.filter { $0.name == name }
        return ConfigError(
            "unknown key '\(printable(name))'\(home)",
            key: section.isEmpty ? name : "\(section).\(name)",
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
