import AdminAPI
import CommandSpec

/// A file of users or rules: the one that the line names, else the running broker's.
enum SecurityFile {
    static let passwordKey = "auth.password_file"
    static let accessKey = "auth.acl_file"

    /// What commands that look for the file have a use for.
    static let globals: [any AnyFlag] = [
        GlobalFlags.context, GlobalFlags.admin, GlobalFlags.timeout, GlobalFlags.output, GlobalFlags.format,
        GlobalFlags.quiet, GlobalFlags.color,
    ]

    static func flag(_ key: String) -> Flag<String?> {
        Flag("file", .file("FILE"), "The file. Default: the running broker's, which its configuration names as \(key).")
    }

    static func path(_ invocation: AdminInvocation, _ flag: Flag<String?>, key: String) throws(Failure) -> String {
        if let path = invocation.arguments[flag] { return path }
        let hint = "name it: --file FILE"
        if let url = try self.adminURL(invocation), url.hasPrefix("tcp:") {
            throw Failure(
                .usage,
                "the broker at \(url) may be on another machine, and its files with it",
                hints: [hint]
            )
        }
        var query = AdminV1.Query()
        query.kind = .config
        query.filter = "id=\(key)"
        let response: AdminV1.ListResponse
        do throws(Failure) {
            response = try invocation.connect(patience: .seconds(5)).list(query)
        } catch {
            throw Failure(error.exit, "which file? the broker cannot be asked: \(error.message)", hints: [hint])
        }
        let rows = response.rows.compactMap { row in if case .config(let row)? = row.row { row } else { nil } }
        let path = rows.first { $0.id == key }.map { self.unquoted($0.value) } ?? ""
        if path.isEmpty {
            throw Failure(.notFound, "the broker has no \(key)", hints: ["set it in fluxd.yaml, or \(hint)"])
        }
        guard path.hasPrefix("/") else {
            throw Failure(
                .notFound,
                "the broker's \(key) is relative to where it was started: \(path)",
                hints: [hint]
            )
        }
        return path
    }

    /// The text of a value that the broker shows as fluxd.yaml has it: `"/a \"b\""` is `/a "b"`, and what is not in quotes is as
    /// it stands. A broker escapes only quotes and backslashes, since its configuration takes no control characters.
    static func unquoted(_ value: String) -> String {
        guard value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") else { return value }
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in value.unicodeScalars.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                text.append(scalar)
                isEscaped = false
            }
        }
        return String(text)
    }

    private static func adminURL(_ invocation: AdminInvocation) throws(Failure) -> String? {
        if let url = invocation.arguments[GlobalFlags.admin] { return url }
        let context = try Contexts.chosen(invocation.arguments, unless: "FLUXMQ_ADMIN")
        return context?.admin ?? environment("FLUXMQ_ADMIN")
    }
}
