import AdminClient
import CommandSpec
import Glibc
import Terminal
import TopModel

/// How fluxtop ends. Source: `fluxtop --help`.
enum ExitCode {
    static let success: Int32 = 0
    static let failed: Int32 = 1
    static let usage: Int32 = 2
    static let unreachable: Int32 = 7
}

/// The whole of fluxtop: from arguments to exit code.
@MainActor
func runTop(_ arguments: [String]) -> Int32 {
    do throws(UsageError) {
        guard case .run(_, let flags) = try TopProgram.program.parse(arguments) else {
            return finish(writeToOutput(TopProgram.program.help(for: .program)))
        }
        if flags[TopProgram.showVersion] { return finish(writeToOutput("fluxtop \(TopProgram.version)\n")) }
        if let help = TopSetup.columnHelp(flags) { return finish(writeToOutput(help)) }
        let surroundings = Surroundings.current
        var setup = try TopSetup(flags, surroundings)
        let target = try AdminTarget(setup.admin, surroundings.environment)
        setup.options.context = target.name
        setup.options.endpoint = target.description
        return run(setup, surroundings, target)
    } catch {
        complain(error.message, error.hints)
        return ExitCode.usage
    }
}

@MainActor
private func run(_ setup: TopSetup, _ surroundings: Surroundings, _ target: AdminTarget) -> Int32 {
    guard let signals = SignalPipe() else {
        complain("cannot make a pipe: \(String(cString: strerror(errno)))")
        return ExitCode.failed
    }
    let sampler = AdminSampler(target, now: SystemClock.now)
    switch setup.mode {
    case .batch(let format, let count, let mustConnect):
        let loop = BatchLoop(
            setup,
            format,
            count: count,
            mustConnect: mustConnect,
            signals: signals,
            sampler: sampler,
            outputIsTerminal: surroundings.outputIsTerminal
        )
        switch loop.run() {
        case .exit(let code): return code
        case .refused(let failure):
            complain(failure.message, failure.hint.isEmpty ? [] : ["did you mean '\(failure.hint)'?"])
            return failure.isAboutFilter ? ExitCode.usage : ExitCode.failed
        case .unreachable(let reason):
            let place = target.description
            let parts = reason.split(separator: "; ", maxSplits: 1).map(String.init)
            complain(place.isEmpty ? parts[0] : "cannot reach fluxd at \(place): \(parts[0])", Array(parts.dropFirst()))
            return ExitCode.unreachable
        }
    case .interactive:
        do throws(TerminalProblem) {
            let terminal = try CursesTerminal(
                theme: setup.theme,
                tier: setup.tier,
                environment: surroundings.environment
            )
            let code = TopLoop(terminal, signals, sampler, setup.options).run()
            terminal.close()
            return code
        } catch {
            complain(error.message, [error.hint])
            return ExitCode.failed
        }
    }
}

extension TopFailure {
    /// Whether the command line is to blame.
    fileprivate var isAboutFilter: Bool { self.code == "bad_filter" || self.code == "unknown_field" }
}

/// - Parameter code: What `writeToOutput` returned.
private func finish(_ code: Int32) -> Int32 { code == 0 || code == EPIPE ? ExitCode.success : ExitCode.failed }

private func complain(_ message: String, _ hints: [String] = []) {
    _ = writeAll(
        (["fluxtop: error: \(safe(message))"] + hints.map { "  \(safe($0))" }).joined(separator: "\n") + "\n",
        to: STDERR_FILENO
    )
}
