import AdminAPI
import CommandSpec
import Glibc
import JSON
import Testing

@testable import fluxctl

/// Every command that reads from the admin plane, as the specification lists them: a new one is tried without being named here.
/// Checks have exit codes of their own; contexts, users and rules are files, for which a broker is asked at most where they are.
private let readingCommands = controlProgram.everyCommand.filter { command in
    command.effect == .read && command.globals?.contains("admin") == true
        && !["check", "context", "user", "acl"].contains(command.group)
}

private func line(_ command: Command) -> [String] {
    let words = command.positionals.filter { $0.arity == .one || $0.arity == .some }.map { positional in
        positional.completion == .files ? #filePath : "-"
    }
    return command.path.split(separator: " ").map(String.init) + words
}

/// What a command about streams names is one.
private func admin(_ path: String) -> FakeAdmin {
    var script = FakeAdmin.Script()
    if path.hasPrefix("stream ") {
        var stream = FakeRows.queue
        stream.type = "stream"
        script.rows[.queue] = [FakeRows.row(.queue(stream))]
    }
    return FakeAdmin(script)
}

private let everyFormat: [OutputFormat] = [.table, .wide, .json, .jsonl, .csv, .name, .template]

@Suite("Every reading command in every format")
struct MatrixTests {
    @Test("there are such commands")
    func commands() {
        #expect(readingCommands.count >= 15)
        #expect(readingCommands.contains { $0.path == "conn ls" })
    }

    @Test("ends well, says nothing on standard error and parses", arguments: readingCommands.map(\.path), everyFormat)
    func parses(_ path: String, _ format: OutputFormat) async throws {
        let command = try #require(controlProgram.everyCommand.first { $0.path == path })
        let schema = try #require(command.output)
        if command.name == "tail", [.json, .name].contains(format) { return }
        let flags = format == .template ? ["-F", "{\(schema.fields[0].name)}\\n"] : ["-o", format.rawValue]
        let done = await control(line(command) + flags, admin(path))
        #expect(done.code == 0 && done.err == "", "\(done.err)")
        #expect(done.out.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 } || format == .csv || format == .name)
        switch format {
        case .json:
            let problems = mismatches(try JSONParser.parse(Array(done.out.utf8)), schema.jsonSchema)
            #expect(problems.isEmpty, "\(problems)")
        case .jsonl:
            let lines = done.out.split(separator: "\n")
            #expect(!lines.isEmpty || path.hasPrefix("config "))
            for line in lines {
                let problems = mismatches(try JSONParser.parse(Array(line.utf8)), schema.item.jsonSchema)
                #expect(problems.isEmpty, "\(problems)")
            }
        case .csv: #expect(done.out.hasPrefix(schema.fields.map(\.name).joined(separator: ",") + "\n"))
        case .table, .wide, .name, .template: #expect(!done.out.isEmpty || path.hasPrefix("config "))
        }
    }

    @Test("a terminal gets no byte of a client that it would obey", arguments: readingCommands.map(\.path), everyFormat)
    func terminal(_ path: String, _ format: OutputFormat) async throws {
        let command = try #require(controlProgram.everyCommand.first { $0.path == path })
        let schema = try #require(command.output)
        if command.name == "tail", [.json, .name].contains(format) { return }
        let flags = format == .template ? ["-F", "{\(schema.fields[0].name)}\\n"] : ["-o", format.rawValue]
        let streams = CapturedStreams(terminals: [.output, .error])
        let done = await control(line(command) + flags + ["--color", "never"], admin(path), on: streams)
        #expect(done.code == 0)
        let unsafe = done.out.unicodeScalars.filter { scalar in
            scalar != "\n" && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x202E)
        }
        #expect(unsafe.isEmpty, "\(done.out.debugDescription)")
    }

    @Test("a pipe that nobody reads ends it quietly", arguments: readingCommands.map(\.path))
    func closedPipe(_ path: String) async throws {
        let command = try #require(controlProgram.everyCommand.first { $0.path == path })
        let done = await control(line(command) + ["-o", "jsonl"], admin(path), on: CapturedStreams(outputError: EPIPE))
        #expect(done.code == 0 && done.err == "")
    }

    @Test("a broker that is not there is 7, as an object where programs read", arguments: readingCommands.map(\.path))
    func unreachable(_ path: String) async throws {
        let command = try #require(controlProgram.everyCommand.first { $0.path == path })
        var script = FakeAdmin.Script()
        script.failure = Failure(.unreachable, "nobody listens")
        let done = await control(line(command) + ["-o", "jsonl"], FakeAdmin(script))
        #expect(done.code == 7 && done.out == "")
        let error = try JSONParser.parse(Array(done.err.utf8))["error"]
        #expect(error?["code"]?.text == "\"unreachable\"" && error?["exit"]?.text == "7")
    }

    @Test("every command that changes the broker can be tried with --dry-run")
    func dryRun() {
        let changing = controlProgram.everyCommand.filter {
            $0.effect != .read && $0.globals?.contains("admin") == true
        }
        let remote = changing.filter { $0.group != "context" }
        #expect(!remote.isEmpty)
        for command in remote { #expect(command.flags.contains { $0.name == "dry-run" }, "\(command.path)") }
        for command in remote where command.effect == .destroy {
            #expect(command.flags.contains { $0.name == "yes" } && command.flags.contains { $0.name == "no-input" })
        }
    }
}
