extension ConfigType {
    /// In a file a YAML list, on the command line words between commas.
    package static func list<Element>(of element: ConfigType<Element>, allowed: String) -> ConfigType
    where Value == [Element] {
        ConfigType("list of \(element.name)", allowed: allowed) { node, site throws(ConfigProblem) in
            var elements: [Element] = []
            for (index, item) in try node.items().enumerated() {
                do throws(ConfigProblem) {
                    elements.append(try element.read(item, site.item(index)))
                } catch {
                    throw error.inside("[\(index)]", item, allowed: element.allowed)
                }
            }
            return elements
        } format: {
            .list($0.compactMap(element.format))
        }
    }

    /// A list of sections, each described as a configuration of its own. It can only stand in a file.
    ///
    /// - Parameter empty: What a section is read into; its fields hold the defaults.
    package static func sections<Element>(
        _ empty: Element,
        of description: ConfigDescription<Element>
    ) -> ConfigType where Value == [Element] {
        ConfigType(
            "list of sections",
            allowed: "a list of sections with \(description.topNames.joined(separator: ", "))",
            parts: ConfigParts(description, defaults: empty)
        ) { node, site throws(ConfigProblem) in
            var elements: [Element] = []
            var mistakes: [ConfigError] = []
            for (index, item) in try node.items().enumerated() {
                var element = empty
                description.readItem(item, site.item(index), into: &element, &mistakes)
                elements.append(element)
            }
            guard mistakes.isEmpty else { throw ConfigProblem(inside: mistakes) }
            return elements
        } format: { elements in
            .records(elements.map { description.fields($0, defaults: empty) })
        }
    }
}

extension ConfigType where Value == [String] {
    package static var strings: ConfigType { .list(of: .string(), allowed: "a list of text") }
}

extension YAMLNode {
    /// The items of the list that stands here.
    fileprivate func items() throws(ConfigProblem) -> [YAMLNode] {
        switch self.content {
        case .sequence(let items): items
        case .scalar(let text, .argument): text.split(separator: ",").map { YAMLNode(.scalar(String($0), .argument)) }
        default: throw ConfigProblem("needs a list, found \(self.kind)")
        }
    }
}

/// What a terminal shows as text: a key is quoted in messages before anybody has looked at it.
func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
}
