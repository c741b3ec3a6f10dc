import CommandSpec
import JSON
import Terminal

/// A line of `--format`: text, and fields of the output in braces.
struct Template: Equatable, Sendable {
    private enum Part: Equatable {
        case text([UInt8])
        /// `key` is a header's, for `{headers.unit}`.
        case field(String, key: String?, limit: Int?)
    }

    private var parts: [Part] = []

    /// Reads `{topic}`, `{payload:80}`, `{headers.unit}`, `{{` for a brace, and `\n`, `\t`, `\0`, `\\`.
    init(_ text: String, schema: OutputSchema, command: String) throws(Failure) {
        var literal = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.popFirst() {
                guard let byte = ["n": "\n", "t": "\t", "0": "\0", "\\": "\\"][next] else {
                    throw .usage(command, "--format: \\\(next) means nothing", hint: "there are \\n, \\t, \\0 and \\\\")
                }
                literal += byte
            } else if character == "{", rest.first == "{" {
                rest.removeFirst()
                literal += "{"
            } else if character == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw .usage(command, "--format: a { has no }", hint: "{{ is a brace")
                }
                if !literal.isEmpty { self.parts.append(.text(Array(literal.utf8))) }
                literal = ""
                self.parts.append(try Self.field(rest[..<end], schema, command))
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append(character)
            }
        }
        if !literal.isEmpty { self.parts.append(.text(Array(literal.utf8))) }
    }

    private static func field(_ text: Substring, _ schema: OutputSchema, _ command: String) throws(Failure) -> Part {
        let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let path = pieces[0].split(separator: ".", maxSplits: 1).map(String.init)
        let name = path.first ?? ""
        var limit: Int?
        if pieces.count == 2 {
            guard let number = Int(pieces[1]), number > 0 else {
                throw .usage(command, "--format: \"\(safe(String(pieces[1])))\" is not a number of characters")
            }
            limit = number
        }
        guard let field = schema.fields.first(where: { $0.name == name }), path.count == 1 || field.kind == .object
        else {
            let names = schema.fields.map(\.name)
            let hint =
                closest(to: name, among: names).map { "did you mean {\($0)}?" }
                ?? "fields: \(names.joined(separator: " "))"
            throw .usage(command, "--format: there is no field \"\(safe(String(pieces[0])))\"", hint: hint)
        }
        return .field(name, key: path.count == 2 ? path[1] : nil, limit: limit)
    }

    /// Appends the line for one object.
    ///
    /// - Parameter raw: What takes the place of a field as bytes, unescaped; nil leaves it to `object`.
    func render(_ object: JSONValue, raw: (String) -> [UInt8]?, to output: inout [UInt8]) {
        for part in self.parts {
            switch part {
            case .text(let bytes): output += bytes
            case .field(let name, let key, let limit):
                if key == nil, limit == nil, let bytes = raw(name) {
                    output += bytes
                } else {
                    var value = object[name]
                    if let key { value = value?[key] }
                    let text = Self.plain(value)
                    output += safe(limit.map { text.count > $0 ? text.prefix($0) + "…" : text } ?? text).utf8
                }
            }
        }
    }

    /// A value as a person writes it: strings bare, nothing for what is absent.
    private static func plain(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case .some(let other): other.text
        }
    }
}
