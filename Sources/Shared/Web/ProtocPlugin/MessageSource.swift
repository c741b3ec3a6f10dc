/// The Swift source of one message and of what is declared inside it.
struct MessageSource {
    struct Oneof {
        let name: String
        let property: String
        let comment: [String]

        var typeName: String { "\(Names.capitalized(Names.lowerCamelCase(self.name)[...]))Oneof" }
    }

    private let name: String
    private let swiftScope: String
    private let protoName: String
    private let comment: [String]
    let fields: [FieldModel]
    /// With the ones that only stand for a proto3 `optional`: a field names its `oneof` by the index.
    let oneofs: [Oneof]
    private let nestedMessages: [MessageSource]
    private let nestedEnums: [EnumSource]

    init(
        _ message: MessageDescriptor,
        scope: String,
        swiftScope: String,
        path: [Int32],
        _ context: FileContext
    ) throws(GeneratorError) {
        let fullName = "\(scope).\(message.name)"
        self.name = Names.type(message.name)
        self.swiftScope = swiftScope
        self.protoName = String(fullName.dropFirst())
        self.comment = context.comment(at: path)
        self.oneofs = message.oneofs.enumerated().map { index, oneof in
            let comment = context.comment(at: path + [8, Int32(index)])
            return Oneof(name: oneof.name, property: Names.property(oneof.name), comment: comment)
        }
        var fields: [FieldModel] = []
        for (index, info) in message.fields.enumerated() {
            let comment = context.comment(at: path + [2, Int32(index)])
            let field = try FieldModel(
                info,
                of: fullName,
                comment: comment,
                types: context.types,
                isKnown: context.isKnown
            )
            fields.append(field)
        }
        self.fields = fields
        let swiftName = "\(swiftScope).\(self.name)"
        var nested: [MessageSource] = []
        for (index, inner) in message.messages.enumerated() where !inner.options.isMapEntry {
            let path = path + [3, Int32(index)]
            nested.append(try MessageSource(inner, scope: fullName, swiftScope: swiftName, path: path, context))
        }
        self.nestedMessages = nested
        self.nestedEnums = message.enums.enumerated().map { index, inner in
            EnumSource(inner, swiftScope: swiftName, path: path + [4, Int32(index)], context)
        }
    }

    func write(to writer: inout SourceWriter) {
        writer.line()
        writer.block("extension \(self.swiftScope)") { writer in
            writer.comment(self.comment)
            writer.block("public struct \(self.name): Message") { self.writeProperties(to: &$0) }
        }
        writer.line()
        writer.block("extension \(self.swiftScope).\(self.name)") { writer in
            writer.line("public static let protoName = \(quoted(self.protoName))")
            writer.line()
            self.writeNumbers(to: &writer)
            self.writeDescriptors(to: &writer)
            writer.line()
            self.writeValues(to: &writer)
            writer.line()
            self.writeReading(to: &writer)
            writer.line()
            self.writeWriting(to: &writer)
            writer.line()
            self.writeJSONReading(to: &writer)
            writer.line()
            self.writeJSONWriting(to: &writer)
        }
        for inner in self.nestedEnums { inner.write(to: &writer) }
        for inner in self.nestedMessages { inner.write(to: &writer) }
    }

    private func members(of oneof: Int) -> [FieldModel] {
        self.fields.filter { if case .oneof(oneof) = $0.shape { true } else { false } }
    }

    private func writeProperties(to writer: inout SourceWriter) {
        var written: Set<Int> = []
        for field in self.fields {
            if case .oneof(let index) = field.shape {
                guard written.insert(index).inserted else { continue }
                writer.comment(self.oneofs[index].comment)
                writer.line("public var \(self.oneofs[index].property): \(self.oneofs[index].typeName)?")
            } else {
                writer.comment(field.comment)
                writer.line("\(field.isRecursive ? "@Boxed " : "")public var \(field.declaration)")
            }
        }
        writer.line("public var unknownFields = UnknownFields()")
        writer.line()
        writer.line("public init() {}")
        for index in self.oneofs.indices where !self.members(of: index).isEmpty {
            writer.line()
            writer.block("public enum \(self.oneofs[index].typeName): Sendable, Equatable") { writer in
                for field in self.members(of: index) {
                    writer.comment(field.comment)
                    let keyword = field.isRecursive ? "indirect case" : "case"
                    writer.line("\(keyword) \(field.property)(\(field.value.swiftType))")
                }
            }
        }
    }

    /// For code that handles fields by number.
    private func writeNumbers(to writer: inout SourceWriter) {
        if self.fields.isEmpty { return }
        writer.block("public enum FieldNumber") { writer in
            for field in self.fields { writer.line("public static let \(field.property) = \(field.info.number)") }
        }
        writer.line()
    }

    private func writeDescriptors(to writer: inout SourceWriter) {
        writer.line("public static let fields: [FieldDescriptor] = [")
        writer.indented { writer in
            for field in self.fields {
                var arguments = [
                    "number: \(field.info.number)", "name: \(quoted(field.info.name))",
                    "jsonName: \(quoted(field.info.jsonName))",
                ]
                if case .map = field.shape {
                    arguments += ["kind: .message", "isRepeated: true", "isMap: true"]
                } else {
                    arguments.append("kind: .\(field.value.kind)")
                    if field.info.isRepeated { arguments.append("isRepeated: true") }
                }
                if field.info.isProto3Optional { arguments.append("isOptional: true") }
                if case .oneof(let index) = field.shape {
                    arguments.append("oneof: \(quoted(self.oneofs[index].name))")
                }
                if !field.info.typeName.isEmpty {
                    arguments.append("typeName: \(quoted(String(field.info.typeName.dropFirst())))")
                }
                if !field.comment.isEmpty {
                    arguments.append("comment: \(quoted(Self.paragraphs(field.comment)))")
                }
                writer.call("FieldDescriptor", arguments, ",")
            }
        }
        writer.line("]")
    }

    /// Lines of one paragraph become one line.
    private static func paragraphs(_ lines: [String]) -> String {
        lines.split(separator: "").map { $0.joined(separator: " ") }.joined(separator: "\n")
    }

    private func writeValues(to writer: inout SourceWriter) {
        writer.block("public func value(of number: Int) -> FieldValue") { writer in
            var cases: [(number: Int32, value: String)] = []
            for field in self.fields {
                guard let value = field.value.fieldValue(of: "value") else { continue }
                switch field.shape {
                case .implicit:
                    cases.append((field.info.number, field.value.fieldValue(of: "self.\(field.property)") ?? ".none"))
                case .optional:
                    cases.append(
                        (field.info.number, "if let value = self.\(field.property) { \(value) } else { .none }")
                    )
                case .oneof(let index):
                    let pattern = ".\(field.property)(let value)? = self.\(self.oneofs[index].property)"
                    cases.append((field.info.number, "if case \(pattern) { \(value) } else { .none }"))
                case .packed, .each, .map: break
                }
            }
            if cases.isEmpty { return writer.line(".none") }
            writer.line("switch number {")
            for (number, value) in cases { writer.line("case \(number): \(value)") }
            writer.line("default: .none")
            writer.line("}")
        }
    }
}
