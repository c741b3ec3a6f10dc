package import JSON

/// What a command writes in machine formats: the names that templates use, the man page explains and JSON Schema states.
package struct OutputSchema: Sendable {
    package struct Field: Sendable {
        package enum Kind: String, Sendable { case string, integer, number, boolean, object, array }

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

    /// What `-o json` puts around the objects; `-o jsonl` writes them bare.
    package enum Envelope: String, Sendable {
        /// Nothing: the document is the object.
        case none
        /// `item` holds one object.
        case show
        /// `items` holds all of them.
        case list
    }

    /// As `fluxctl schema` takes it: `message`; for an envelope `connection.list`.
    package let name: String
    /// Grows when a field changes its meaning or goes away; adding one does not count.
    package let version: Int
    package let envelope: Envelope
    /// Of one object.
    package let fields: [Field]

    package init(_ name: String, version: Int, envelope: Envelope = .none, _ fields: [Field]) {
        self.name = envelope == .none ? name : "\(name).\(envelope.rawValue)"
        self.version = version
        self.envelope = envelope
        self.fields = fields
    }

    /// Of one object without its envelope, as `-o jsonl` writes it.
    package var item: OutputSchema {
        let base = self.envelope == .none ? self.name : String(self.name.dropLast(self.envelope.rawValue.count + 1))
        return OutputSchema(base, version: self.version, self.fields)
    }

    /// `fluxmq.message/1`.
    package var identifier: String { "fluxmq.\(self.name)/\(self.version)" }

    /// Source: JSON Schema 2020-12.
    package var jsonSchema: JSONValue {
        let head: [(String, JSONValue)] = [
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("$id", .string("urn:\(self.identifier.replacingSlash)")),
        ]
        switch self.envelope {
        case .none: return .object(head + self.object)
        case .show: return .object(head + self.envelope([("item", .object(self.object))], required: ["item"]))
        case .list:
            let counts: JSONValue = .object([("type", "integer"), ("minimum", .integer(0))])
            let members: [(String, JSONValue)] = [
                ("total", counts), ("total_matched", counts), ("totals", .object([("type", "object")])),
                ("items", .object([("type", "array"), ("items", .object(self.object))])),
                ("next", .object([("type", .array(["string", "null"]))])),
            ]
            return .object(
                head + self.envelope(members, required: ["total", "total_matched", "totals", "items", "next"])
            )
        }
    }

    private var object: [(String, JSONValue)] {
        [
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
        ]
    }

    private func envelope(_ members: [(String, JSONValue)], required: [String]) -> [(String, JSONValue)] {
        let text: JSONValue = .object([("type", "string")])
        let head: [(String, JSONValue)] = [
            ("schema", .object([("const", .string(self.identifier))])), ("node", text), ("at", text),
        ]
        return [
            ("type", "object"), ("properties", .object(head + members)),
            ("required", .array((["schema", "node", "at"] + required).map { .string($0) })),
        ]
    }
}

extension String {
    fileprivate var replacingSlash: String { String(self.map { $0 == "/" ? ":" : $0 }) }
}
