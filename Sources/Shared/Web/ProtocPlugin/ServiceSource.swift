/// The Swift source of one service: a table of its methods.
struct ServiceSource {
    private struct Method {
        let property: String
        let comment: [String]
        let request: String
        let response: String
        let path: String
        let kind: String
    }

    private let name: String
    private let comment: [String]
    private let methods: [Method]

    init(_ service: ServiceDescriptor, package: String, path: [Int32], _ context: FileContext) throws(GeneratorError) {
        self.name = service.name
        self.comment = context.comment(at: path)
        var methods: [Method] = []
        for (index, method) in service.methods.enumerated() {
            let kind =
                switch (method.clientStreaming, method.serverStreaming) {
                case (false, false): "unary"
                case (false, true): "serverStreaming"
                case (true, false): "clientStreaming"
                case (true, true): "bidirectional"
                }
            methods.append(
                Method(
                    property: Names.property(method.name),
                    comment: context.comment(at: path + [2, Int32(index)]),
                    request: try context.swiftName(of: method.inputType),
                    response: try context.swiftName(of: method.outputType),
                    path: "/\(package).\(service.name)/\(method.name)",
                    kind: kind
                )
            )
        }
        self.methods = methods
    }

    func write(in namespace: String, to writer: inout SourceWriter) {
        writer.line()
        writer.block("extension \(namespace)") { writer in
            writer.comment(self.comment.isEmpty ? ["The methods of `\(self.name)`."] : self.comment)
            writer.block("public enum \(self.name)Methods") { writer in
                for method in self.methods {
                    writer.comment(method.comment)
                    writer.call(
                        "public static let \(method.property) = RPCMethod<\(method.request), \(method.response)>",
                        ["path: \(quoted(method.path))", "kind: .\(method.kind)"]
                    )
                }
            }
        }
    }
}
