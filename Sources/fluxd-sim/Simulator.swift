import Blocking
import CommandSpec
import Configuration
import EventLoop
import Glibc
import Protobuf
import Synchronization

/// fluxd-sim's exit codes.
private enum ExitCode {
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78
}

/// Reads the command line and does what it says.
///
/// - Returns: The exit code.
func runSimulator(_ arguments: [String]) async -> Int32 {
    let request: Request
    do throws(UsageError) {
        request = try SimProgram.program.parse(arguments)
    } catch {
        complain("\(error.message)\n" + error.hints.map { "  \($0)\n" }.joined())
        return ExitCode.usage
    }
    guard case .run(_, let flags) = request else {
        say(SimProgram.program.help(for: nil))
        return 0
    }
    if flags[SimProgram.showVersion] {
        say("fluxd-sim \(SimProgram.version)\n")
        return 0
    }
    guard let path = flags[SimProgram.scenario] else {
        complain("SCENARIO is missing\n  see: fluxd-sim --help\n")
        return ExitCode.usage
    }
    let scenario: Scenario
    do throws(ConfigError) {
        scenario = try ScenarioReader.load(path)
    } catch {
        complain("\(error)\n")
        return ExitCode.configuration
    }
    if flags[SimProgram.check] {
        say("the scenario is valid\n")
        return 0
    }
    var addresses: [(name: String, address: Result<SocketAddress, TransportError>)] = []
    if let socket = flags[SimProgram.socket] {
        addresses.append(("admin", .success(SocketAddress(unixPath: socket, mode: 0o600))))
    }
    if let http = flags[SimProgram.http] {
        guard let (host, port) = split(http) else {
            complain("--http \"\(http)\" is not an address\n  write 127.0.0.1:8082\n")
            return ExitCode.usage
        }
        addresses.append(("http", Result { () throws(TransportError) in try .resolve(host: host, port: port) }))
    }
    guard !addresses.isEmpty else {
        complain("nowhere to serve\n  give --socket PATH or --http ADDR\n")
        return ExitCode.usage
    }
    do throws(TransportError) {
        var listeners: [Listener] = []
        for (index, entry) in addresses.enumerated() {
            let settings = Listener.Settings(index: index, name: entry.name, maximum: 1_000, writeTimeout: 60_000)
            listeners.append(try Listener(settings, at: entry.address.get()))
        }
        await serve(scenario, listeners)
        return 0
    } catch {
        complain("\(error)\n")
        return ExitCode.unavailable
    }
}

private func serve(_ scenario: Scenario, _ listeners: [Listener]) async {
    signal(SIGPIPE, SIG_IGN)
    var clock = timespec()
    clock_gettime(CLOCK_REALTIME, &clock)
    let start = scenario.at ?? Timestamp(seconds: Int64(clock.tv_sec), nanos: Int32(clock.tv_nsec))
    let machine = SimMachine(scenario, listeners: listeners.count, now: EventLoop.now(), start: start)
    let host = LoopHost(index: 0, inboxes: LoopHost<SimMachine>.makeInboxes(1), machine: machine) { _ in }
    let (stops, stop) = AsyncStream.makeStream(of: Void.self)
    host.eventLoop.start()
    Signals.take([SIGTERM, SIGINT, SIGUSR1]) { number in
        guard number == SIGUSR1 else {
            stop.yield()
            return
        }
        Task { await host.perform { $0.step() } }
    }
    for listener in listeners { await host.accept(listener) }
    say("READY \(listeners.map { "\($0.settings.name)=\($0.address)" }.joined(separator: " "))\n")
    for await _ in stops { break }
    await host.stopAccepting()
    await host.perform { $0.shutDown() }
    let end = ContinuousClock.now + .seconds(1)
    while ContinuousClock.now < end, await host.openStreams > 0 { try? await Task.sleep(for: .milliseconds(10)) }
    await host.closeStreams()
    host.eventLoop.stop()
}

/// `127.0.0.1:8082`, `[::1]:0`, `localhost:8082`.
private func split(_ address: String) -> (host: String, port: UInt16)? {
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
        return nil
    }
    var host = address[..<colon]
    if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
    return (String(host), port)
}

private func say(_ text: String) { put(text, on: STDOUT_FILENO) }
private func complain(_ text: String) { put("fluxd-sim: \(text)", on: STDERR_FILENO) }

private func put(_ text: String, on descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }
}
