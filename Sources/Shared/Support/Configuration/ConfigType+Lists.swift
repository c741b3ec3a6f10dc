extension ConfigType {
    /// In a file a YAML list, on the command line words between commas.
    package static func list<Element>(of element: ConfigType<Element>, allowed: String) -> ConfigType
    where Value == [Element] {
        ConfigType("list of \(element.name)", allowed: allowed) { node throws(ConfigProblem) in
            var elements: [Element] = []
            for (index, item) in try node.items().enumerated() {
                do throws(ConfigProblem) {
                    elements.append(try element.parse(item))
                } catch {
                    throw error.inside("[\(index)]", item, allowed: element.allowed)
                }
            }
            return elements
        } format: {
            .list($0.compactMap(element.format))
        }
    }

    /// A list of sections, each with all of `fields`.
    ///
    /// - Parameter empty: What a section is read into.
    package static func records<Element>(_ empty: Element, of fields: [ConfigKey<Element>]) -> ConfigType
    where Value == [Element] {
        let names = fields.map(\.path)
        let all = names.joined(separator: ", ")
        return ConfigType("list of sections", allowed: "a list of sections with \(all)") { node throws(ConfigProblem) in
            var elements: [Element] = []
            for (index, item) in try node.items().enumerated() {
                guard case .mapping(let entries) = item.content else {
                    throw ConfigProblem("needs a section, found \(item.kind)").inside("[\(index)]", item, allowed: all)
                }
                var element = empty
                for entry in entries {
                    guard let field = fields.first(where: { $0.path == entry.key }) else {
                        throw ConfigProblem(
                            "unknown key '\(printable(entry.key))'",
                            suggestion: suggestion(for: entry.key, among: names)
                        ).inside("[\(index)]", YAMLNode(item.content, at: entry.keyPosition), allowed: all)
                    }
                    do throws(ConfigProblem) {
                        try field.read(entry.value, &element)
                    } catch {
                        let node = entry.value.isNull ? YAMLNode(item.content, at: entry.keyPosition) : entry.value
                        throw error.inside("[\(index)].\(field.path)", node, allowed: field.allowed)
                    }
                }
                if let missing = names.first(where: { name in !entries.contains { $0.key == name } }) {
                    throw ConfigProblem("\(missing) is missing").inside("[\(index)]", item, allowed: all)
                }
                elements.append(element)
            }
            return elements
        } format: { elements in
            .records(
                elements.map { element in
                    fields.compactMap { field in
                        field.write(element).map { ConfigText.Field(name: field.path, value: $0) }
                    }
                }
            )
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
