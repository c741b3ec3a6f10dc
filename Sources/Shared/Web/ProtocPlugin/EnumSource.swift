/// The Swift source of one enum.
struct EnumSource {
    private struct Case {
        let property: String
        let name: String
        let protoName: String
        let number: Int32
        let comment: [String]
    }

    private let name: String
    private let swiftScope: String
    private let comment: [String]
    private let cases: [Case]
    /// More names for numbers that have one: the name, and the property of the case.
    private let aliases: [(protoName: String, property: String)]

    init(_ descriptor: EnumDescriptor, swiftScope: String, path: [Int32], _ context: FileContext) {
        let prefix = Names.prefix(ofEnum: descriptor)
        var cases: [Case] = []
        var aliases: [(protoName: String, property: String)] = []
        for (index, value) in descriptor.values.enumerated() {
            if let first = cases.first(where: { $0.number == value.number }) {
                aliases.append((value.name, first.property))
                continue
            }
            let name = value.name.dropFirst(prefix.count).lowercased()
            let comment = context.comment(at: path + [2, Int32(index)])
            let property = Names.property(name)
            cases.append(
                Case(property: property, name: name, protoName: value.name, number: value.number, comment: comment)
            )
        }
        self.name = Names.type(descriptor.name)
        self.swiftScope = swiftScope
        self.comment = context.comment(at: path)
        self.cases = cases
        self.aliases = aliases
    }

    func write(to writer: inout SourceWriter) {
        writer.line()
        writer.block("extension \(self.swiftScope)") { writer in
            writer.comment(self.comment)
            writer.block("public enum \(self.name): ProtoEnum") { writer in
                for value in self.cases {
                    writer.comment(value.comment)
                    writer.line("case \(value.property)")
                }
                writer.comment(["A number that had no name when this was made."])
                writer.line("case unrecognized(Int32)")
            }
        }
        writer.line()
        writer.block("extension \(self.swiftScope).\(self.name)") { self.writeConformance(to: &$0) }
    }

    private func writeConformance(to writer: inout SourceWriter) {
        writer.line("public static let allCases: [Self] = [")
        writer.indented { writer in writer.filled(self.cases.map { ".\($0.property)" }) }
        writer.line("]")
        writer.line()
        writer.block("public init(rawValue: Int32)") { writer in
            writer.line("switch rawValue {")
            for value in self.cases { writer.line("case \(value.number): self = .\(value.property)") }
            writer.line("default: self = .unrecognized(rawValue)")
            writer.line("}")
        }
        writer.line()
        self.writeSwitch("public var rawValue: Int32", { "\($0.number)" }, unrecognized: "number", to: &writer)
        writer.line()
        self.writeSwitch("public var name: String", { quoted($0.name) }, unrecognized: "String(number)", to: &writer)
        writer.line()
        self.writeSwitch("public var protoName: String?", { quoted($0.protoName) }, unrecognized: nil, to: &writer)
        writer.line()
        writer.block("public init?(protoName: String)") { writer in
            writer.line("switch protoName {")
            for value in self.cases { writer.line("case \(quoted(value.protoName)): self = .\(value.property)") }
            for alias in self.aliases { writer.line("case \(quoted(alias.protoName)): self = .\(alias.property)") }
            writer.line("default: return nil")
            writer.line("}")
        }
    }

    private func writeSwitch(
        _ head: String,
        _ result: (Case) -> String,
        unrecognized: String?,
        to writer: inout SourceWriter
    ) {
        writer.block(head) { writer in
            writer.line("switch self {")
            for value in self.cases { writer.line("case .\(value.property): \(result(value))") }
            if let unrecognized {
                writer.line("case .unrecognized(let number): \(unrecognized)")
            } else {
                writer.line("case .unrecognized: nil")
            }
            writer.line("}")
        }
    }
}
