/// What a command writes in machine formats: the names that templates use, the man page explains and JSON Schema states.
package struct OutputSchema: Sendable {
    package struct Field: Sendable {
        package enum Kind: String, Sendable { case string, integer, number, boolean, object }

        package let name: String
        package let kind: Kind
        package let isOptional: Bool
        package let help: String

        package init(_ name: String, _ kind: Kind, optional: Bool = false, _ help: String) {
            self.name = name
            self.kind = kind
            self.isOptional = optional
            self.help = help
        }
    }

    /// As `fluxctl schema` takes it: `message`.
    package let name: String
    /// Grows when a field changes its meaning or goes away; adding one does not count.
    package let version: Int
    package let fields: [Field]

    package init(_ name: String, version: Int, _ fields: [Field]) {
        self.name = name
        self.version = version
        self.fields = fields
    }

    /// `fluxmq.message/1`.
    package var identifier: String { "fluxmq.\(self.name)/\(self.version)" }

    /// Source: JSON Schema 2020-12.
    package var jsonSchema: JSONValue {
        .object([
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("$id", .string("urn:\(self.identifier.replacingSlash)")),
            ("type", "object"),
            (
                "properties",
                .object(
                    self.fields.map {
                        ($0.name, .object([("type", .string($0.kind.rawValue)), ("description", .string($0.help))]))
                    }
                )
            ),
            ("required", .array(self.fields.filter { !$0.isOptional }.map { .string($0.name) })),
        ])
    }
}

extension String {
    fileprivate var replacingSlash: String { String(self.map { $0 == "/" ? ":" : $0 }) }
}
