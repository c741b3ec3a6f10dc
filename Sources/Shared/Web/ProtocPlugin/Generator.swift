/// What is wrong with the `.proto` files, as protoc prints it.
struct GeneratorError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Makes one Swift file of each `.proto` file.
struct Generator {
    private let files: [FileDescriptor]
    private let types: TypeTable
    private let toGenerate: Set<String>

    /// What ``Protobuf`` has types for.
    private static let wellKnown: Set<String> = [
        "google/protobuf/duration.proto", "google/protobuf/empty.proto", "google/protobuf/field_mask.proto",
        "google/protobuf/struct.proto", "google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto",
    ]

    init(_ request: CodeGeneratorRequest) {
        self.types = TypeTable(request.files)
        self.toGenerate = Set(request.filesToGenerate)
        self.files = request.files
    }

    func generatedFiles() throws(GeneratorError) -> [CodeGeneratorResponse.File] {
        var generated: [CodeGeneratorResponse.File] = []
        var namespaces: Set<String> = []
        for file in self.files where self.toGenerate.contains(file.name) {
            guard file.syntax == "proto3" else { throw GeneratorError("\(file.name): only proto3 is supported") }
            guard !file.package.isEmpty else {
                throw GeneratorError("\(file.name): a package is needed, it becomes the namespace")
            }
            let namespace = Names.namespace(ofPackage: file.package)
            let content = try self.source(of: file, in: namespace, declaring: namespaces.insert(namespace).inserted)
            let baseName = file.name.split(separator: "/").last?.split(separator: ".").first ?? ""
            generated.append(CodeGeneratorResponse.File(name: "\(baseName).pb.swift", content: content))
        }
        return generated
    }

    private func source(
        of file: FileDescriptor,
        in namespace: String,
        declaring isFirst: Bool
    ) throws(GeneratorError) -> String {
        let context = FileContext(file, types: self.types) { entry in
            self.toGenerate.contains(entry.file) || Self.wellKnown.contains(entry.file)
        }
        let enums = file.enums.enumerated().map { index, descriptor in
            EnumSource(descriptor, swiftScope: namespace, path: [5, Int32(index)], context)
        }
        var messages: [MessageSource] = []
        for (index, message) in file.messages.enumerated() {
            messages.append(
                try MessageSource(
                    message,
                    scope: ".\(file.package)",
                    swiftScope: namespace,
                    path: [4, Int32(index)],
                    context
                )
            )
        }
        var services: [ServiceSource] = []
        for (index, service) in file.services.enumerated() {
            services.append(try ServiceSource(service, package: file.package, path: [6, Int32(index)], context))
        }

        var writer = SourceWriter()
        writer.line("// swift-format-ignore-file")
        writer.line(
            "// Made from \(file.name) by protoc-gen-fluxmq. Do not edit: scripts/generate-protobuf makes it again."
        )
        writer.line("public import Protobuf")
        writer.line()
        if isFirst {
            writer.line("/// `\(file.package)`.")
            writer.line("public enum \(namespace) {}")
        }
        for source in enums { source.write(to: &writer) }
        for source in messages { source.write(to: &writer) }
        for source in services { source.write(in: namespace, to: &writer) }
        return writer.text
    }
}

/// What the sources of one file's types have in common.
struct FileContext {
    let types: TypeTable
    /// Whether generated code can name the type.
    let isKnown: (TypeTable.Entry) -> Bool
    private let comments: [[Int32]: [String]]

    init(_ file: FileDescriptor, types: TypeTable, isKnown: @escaping (TypeTable.Entry) -> Bool) {
        self.types = types
        self.isKnown = isKnown
        self.comments = Dictionary(
            file.source.locations.map { location in
                let text = location.leadingComments.isEmpty ? location.trailingComments : location.leadingComments
                return (location.path, Self.lines(of: text))
            },
            uniquingKeysWith: { first, second in first.isEmpty ? second : first }
        )
    }

    /// The lines of the comment at the declaration with this path; empty when there is none.
    func comment(at path: [Int32]) -> [String] { self.comments[path] ?? [] }

    private static func lines(of comment: String) -> [String] {
        var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.first == " " ? line.dropFirst() : line)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        while lines.first?.isEmpty == true { lines.removeFirst() }
        return lines
    }

    func swiftName(of typeName: String) throws(GeneratorError) -> String {
        guard let entry = self.types[typeName], self.isKnown(entry) else {
            throw GeneratorError("\(typeName) must be generated together with what uses it")
        }
        return entry.swiftName
    }
}
