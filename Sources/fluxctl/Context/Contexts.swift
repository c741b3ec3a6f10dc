import CommandSpec
import Configuration
import Glibc
import Terminal

/// A named set of endpoints: `$XDG_CONFIG_HOME/fluxmq/contexts/NAME.yaml`.
struct Context: Equatable, Sendable {
    var name: String
    /// As --admin takes it.
    var admin: String?
    /// As --via takes it.
    var via: String?
    /// For endpoints that name none.
    var user: String?
    /// A shell command whose first line of output is the password.
    var passwordCommand: String?
    /// PEM files for endpoints over TLS, as --ca, --cert and --key take them.
    var ca: String?
    var certificate: String?
    var key: String?
    /// As --server-name takes it.
    var serverName: String?

    /// In the order in which they are written.
    private static let fields: [(key: String, path: any WritableKeyPath<Context, String?> & Sendable)] = [
        ("admin", \.admin), ("via", \.via), ("user", \.user), ("password_cmd", \.passwordCommand), ("ca", \.ca),
        ("cert", \.certificate), ("key", \.key), ("server_name", \.serverName),
    ]

    init(name: String) { self.name = name }

    /// Reads a file's text.
    init(name: String, yaml: [UInt8], file: String) throws(Failure) {
        self.name = name
        let root: YAMLNode?
        do throws(ConfigError) {
            root = try YAMLParser.parse(yaml, file: file)
        } catch {
            throw Failure(.badInput, error.description)
        }
        guard let root else { return }
        guard case .mapping(let entries) = root.content else {
            throw Failure(
                .badInput,
                "\(file): a context is keys with values, such as admin: unix:/run/fluxmq/admin.sock"
            )
        }
        for entry in entries {
            guard case .scalar(let value, _) = entry.value.content else {
                throw Failure(.badInput, "\(file): \(entry.key) is \(entry.value.kind), and wants a text")
            }
            guard let field = Self.fields.first(where: { $0.key == entry.key }) else {
                let keys = Self.fields.map(\.key)
                throw Failure(
                    .badInput,
                    "\(file): unknown key \"\(entry.key)\"",
                    hints: [
                        closest(to: entry.key, among: keys).map { "did you mean \($0)?" }
                            ?? "there are: \(keys.joined(separator: ", "))"
                    ]
                )
            }
            self[keyPath: field.path] = value
        }
    }

    var yaml: String {
        Self.fields.compactMap { field in
            self[keyPath: field.path].map { "\(field.key): \(Self.quoted($0))\n" }
        }
        .joined()
    }

    /// What the password command says; nil without one.
    ///
    /// - Throws: when it fails, or says nothing.
    func password() throws(Failure) -> [UInt8]? {
        guard let command = self.passwordCommand else { return nil }
        guard let stream = popen(command, "r") else {
            throw Failure(.failed, "cannot run the password command of context \(self.name)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < 64 << 10 {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let status = pclose(stream)
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard status == 0, !line.isEmpty else {
            throw Failure(.failed, "the password command of context \(self.name) gave no password")
        }
        return Array(line)
    }

    /// YAML in double quotes takes any text. Source: YAML 1.2.2 §7.3.1.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\x" + hexadecimal(scalar.value, width: 2)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// The files that contexts live in.
enum Contexts {
    /// The context that the line or the environment names, else the selected one; nil for none.
    ///
    /// - Parameter unless: A variable that comes before the selected context: the endpoint itself.
    static func chosen(_ arguments: Arguments, unless variable: String) throws(Failure) -> Context? {
        if let name = arguments[GlobalFlags.context] { return try self.load(name) }
        if environment(variable) != nil { return nil }
        if let name = environment("FLUXMQ_CONTEXT") ?? self.selected { return try self.load(name) }
        return nil
    }

    /// Names, sorted.
    static func names() throws(Failure) -> [String] {
        guard let directory = self.directory, let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    static func load(_ name: String) throws(Failure) -> Context {
        let path = try self.path(of: name)
        var status = stat()
        guard stat(path, &status) == 0 else {
            let near = closest(to: name, among: try self.names())
            throw Failure(
                .notFound,
                "there is no context \"\(name)\"",
                hints: [near.map { "did you mean \($0)?" } ?? "make it: fluxctl context add \(safe(name)) --admin URL"]
            )
        }
        var file = try InputFile(path: path)
        let context = try Context(name: name, yaml: try file.readAll(), file: path)
        // A command that others may write runs as this user; one that they may read tells them where the secret is.
        if context.passwordCommand != nil, status.st_mode & 0o077 != 0 {
            throw Failure(
                .notPermitted,
                "\(path) says how to get a password, and others may read it",
                hints: ["chmod 600 \(path)"]
            )
        }
        return context
    }

    static func save(_ context: Context) throws(Failure) {
        try self.write(context.yaml, to: try self.path(of: context.name))
    }

    static func remove(_ name: String) throws(Failure) {
        _ = try self.load(name)
        let path = try self.path(of: name)
        if unlink(path) != 0 { throw Failure(.failed, "cannot remove \(path): \(systemError(errno))") }
        if self.selected == name { try self.select(nil) }
    }

    /// The name that `context use` chose.
    static var selected: String? { self.firstLine(of: "selected") }
    /// The one before it, for `context use -`.
    static var previous: String? { self.firstLine(of: "previous") }

    static func select(_ name: String?) throws(Failure) {
        guard let base = self.base else { throw self.homeless }
        if let before = self.selected { try self.write(before + "\n", to: base + "/previous") }
        if let name {
            try self.write(name + "\n", to: base + "/selected")
        } else {
            unlink(base + "/selected")
        }
    }

    /// - Throws: for a name that would be a path.
    static func path(of name: String) throws(Failure) -> String {
        guard let directory = self.directory else { throw self.homeless }
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_.".utf8.contains(byte)
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("."), !name.hasPrefix("-"), name.utf8.count <= 100 else {
            throw Failure(
                .usage,
                "\"\(name)\" is no name for a context",
                hints: ["letters, digits, - _ and . make one, and it begins with a letter or digit"]
            )
        }
        return "\(directory)/\(name).yaml"
    }

    /// `~/.config/fluxmq`.
    private static var base: String? {
        if let home = environment("XDG_CONFIG_HOME"), home.hasPrefix("/") { return home + "/fluxmq" }
        return environment("HOME").map { $0 + "/.config/fluxmq" }
    }

    private static var directory: String? { self.base.map { $0 + "/contexts" } }

    private static var homeless: Failure {
        Failure(.failed, "there is no place for contexts", hints: ["set HOME or XDG_CONFIG_HOME"])
    }

    private static func firstLine(of file: String) -> String? {
        guard let base = self.base, var input = try? InputFile(path: "\(base)/\(file)"),
            let bytes = try? input.readAll()
        else { return nil }
        let line = bytes.prefix { $0 != 0x0A }
        return line.isEmpty ? nil : String(validating: line, as: UTF8.self)
    }

    /// Writes beside the file and then over it, so that no reader finds half of it; readable by this user only.
    private static func write(_ text: String, to path: String) throws(Failure) {
        guard let base = self.base else { throw self.homeless }
        self.makeDirectories(base + "/contexts")
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(.failed, "cannot write \(path): \(systemError(errno))") }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let code = errno
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        guard count == bytes.count, isSynced, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw Failure(.failed, "cannot write \(path): \(systemError(code))")
        }
    }

    private static func makeDirectories(_ path: String) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            mkdir(made, 0o700)
        }
    }
}
