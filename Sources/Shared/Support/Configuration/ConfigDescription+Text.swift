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
            text += value.lines(named: key.name, indent: sections.count * 2)
        }
        return text
    }

    /// The keys of `root` as they stand in a section, its own sections among them.
    func fields(_ root: Root, defaults: Root) -> [ConfigText.Field] {
        var fields: [ConfigText.Field] = []
        for key in self.keys {
            guard let value = key.write(root) else { continue }
            Self.put(
                ConfigText.Field(name: key.name, value: value, isDefault: value == key.write(defaults)),
                in: key.section.split(separator: ".")[...],
                of: &fields
            )
        }
        return fields
    }

    private static func put(
        _ field: ConfigText.Field,
        in path: ArraySlice<Substring>,
        of fields: inout [ConfigText.Field]
    ) {
        guard let name = path.first else { return fields.append(field) }
        let known = fields.firstIndex { $0.name == name }
        let index = known ?? fields.count
        if known == nil { fields.append(ConfigText.Field(name: String(name), value: .section([]), isDefault: true)) }
        guard case .section(var inner) = fields[index].value else {
            preconditionFailure("\(name) is a key and a section")
        }
        self.put(field, in: path.dropFirst(), of: &inner)
        fields[index].value = .section(inner)
        fields[index].isDefault = fields[index].isDefault && field.isDefault
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
    ///
    /// - Parameter waits: Whether a key that a running program could change waits for the restart all the same, because
    ///   something that it belongs to does.
    package func reloading(_ running: Root, to wanted: Root, unless waits: (String) -> Bool = { _ in false }) -> Root {
        var result = running
        for key in self.keys where key.isLive && !waits(key.path) { key.copy(wanted, &result) }
        return result
    }
}
