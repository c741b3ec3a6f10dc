import CommandSpec
import Terminal

/// A new password: from a file or a variable, or typed twice.
enum PasswordInput {
    /// What an MQTT packet holds. Source: MQTT 5.0 §1.5.6.
    private static let longest = 65_535

    static func read(_ invocation: AdminInvocation, for name: String) throws(Failure) -> [UInt8] {
        let arguments = invocation.arguments
        let password: [UInt8]
        if arguments.isGiven(GlobalFlags.passwordFile) || arguments.isGiven(GlobalFlags.passwordEnvironment) {
            let endpoint = try Endpoint("mqtt5")
            password = try ConnectionFlags.password(arguments, endpoint, command: invocation.command) ?? []
        } else {
            password = try self.ask(invocation, for: name)
        }
        if password.isEmpty { throw Failure(.badInput, "the password is empty") }
        if password.count > self.longest {
            throw Failure(
                .badInput,
                "the password has \(password.count) bytes, and no client can send more than \(self.longest)"
            )
        }
        return password
    }

    private static func ask(_ invocation: AdminInvocation, for name: String) throws(Failure) -> [UInt8] {
        let streams = Surroundings.current.streams
        guard streams.inputIsTerminal, !invocation.arguments[ChangeFlags.noInput] else {
            throw Failure(
                .needsConfirmation,
                "a password is needed, and there is nobody to ask",
                hints: ["give one: --password-file FILE (- is standard input) or --password-env NAME"]
            )
        }
        let first = try self.secret(invocation.console, streams, "Password for \(name): ")
        let second = try self.secret(invocation.console, streams, "Again: ")
        guard first == second else { throw Failure(.badInput, "these were two passwords; nothing was changed") }
        return Array(first.utf8)
    }

    private static func secret(_ console: Console, _ streams: any Streams, _ prompt: String) throws(Failure) -> String {
        _ = streams.write(Array(safe(prompt).utf8), to: .error)
        let line = streams.readSecret()
        _ = streams.write([UInt8(ascii: "\n")], to: .error)
        guard let line else { throw Failure(.needsConfirmation, "no password was typed; nothing was changed") }
        return line
    }
}
