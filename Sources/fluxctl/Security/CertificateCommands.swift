import CommandSpec
import JSON
import Protobuf
import TLS
import Terminal

/// `fluxctl cert`: certificates in files, and those that servers show.
enum CertificateCommands {
    private static let source = Positional(
        .file("FILE|HOST:PORT"),
        "A PEM file, or the server to ask; an IPv6 address stands in brackets: [::1]:8883."
    )
    private static let warn = Flag("warn", .duration("DURATION"), default: "30d", "Time left at which it is a warning.")
    private static let critical = Flag(
        "crit",
        .duration("DURATION"),
        default: "7d",
        "Time left at which it is critical."
    )

    static let type = RowType(
        "certificate",
        plural: "certificates",
        [
            Column("id", .string, title: "SUBJECT", "Whose it is, as RFC 2253 writes names."),
            Column("issuer", .string, "Who signed it."),
            Column("names", .array, "Alternative names: DNS names, addresses, URIs, mail addresses."),
            Column("not_before", .string, title: "FROM", "Valid from."),
            Column("not_after", .string, title: "EXPIRES", "Valid until."),
            Column("key", .string, "Kind and size of its key."),
            Column("signature", .string, "How it was signed."),
            Column("is_ca", .boolean, title: "CA", "Whether it may sign others."),
            Column("self_signed", .boolean, title: "SELF-SIGNED", "Whether it signed itself."),
            Column("serial", .string, "Serial number, in hexadecimal."),
            Column("fingerprint", .string, "SHA-256 of the certificate, in hexadecimal."),
        ],
        table: ["id", "issuer", "names", "not_after", "key"]
    )

    static let group = CommandGroup(
        "cert",
        aliases: ["certs"],
        "certificates",
        description: [
            "A server is asked by a TLS handshake, in which no certificate of a client is shown; it need not speak MQTT. --ca says what "
                + "its certificate should lead to, and without it what the system trusts counts."
        ],
        [
            .asking(
                "cert show",
                "show the certificates of a file or a server",
                description: ["Standard error says whether a client would take the server's, and if not, why."],
                positionals: [source],
                groups: [ListFlags.shown],
                globals: [TLSFlags.ca, TLSFlags.serverName, GlobalFlags.timeout]
                    + [
                        GlobalFlags.output, GlobalFlags.format, GlobalFlags.quiet, GlobalFlags.units, GlobalFlags.time,
                        GlobalFlags.color,
                    ] as [any AnyFlag],
                examples: [Example("fluxctl cert show edge.example:8883", "What that server shows")],
                output: type.listSchema
            ) { (invocation) throws(Failure) in try show(invocation) },
            CheckCommands.check(
                "check",
                of: "cert",
                "is a certificate valid, and for how long",
                description: [
                    "Looks at all certificates of a file, or of the chain that a server shows; the one that expires first counts. What a client "
                        + "would refuse is critical, but with --insecure only dates count. Exits with 0, 1, 2 or 3 as the commands of check do."
                ],
                positionals: [source],
                flags: [FlagGroup("Thresholds", warn, critical)],
                globals: [
                    TLSFlags.ca, TLSFlags.serverName, TLSFlags.insecure, GlobalFlags.timeout, GlobalFlags.output,
                    GlobalFlags.quiet, GlobalFlags.color,
                ],
                example: "fluxctl cert check edge.example:8883 --warn 30d"
            ) { (invocation) throws(Failure) in try check(invocation) },
        ]
    )

    private static func probe(_ invocation: AdminInvocation) throws(Failure) -> CertificateProbe {
        let arguments = invocation.arguments
        let source = CertificateSource(arguments[self.source])
        if case .file = source {
            for flag in [TLSFlags.ca, TLSFlags.serverName] as [any AnyFlag] where arguments.isGiven(flag) {
                throw .usage(
                    invocation.command,
                    "--\(flag.spec.name) is about servers, and \(arguments[self.source]) is a file"
                )
            }
        }
        return CertificateProbe(
            source: source,
            caFile: arguments[TLSFlags.ca] ?? environment("FLUXMQ_CA"),
            serverName: arguments[TLSFlags.serverName],
            patience: arguments[GlobalFlags.timeout] ?? .seconds(10)
        )
    }

    private static func show(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let columns = try invocation.columns(self.type)
        let found = try self.probe(invocation).findings()
        let records = found.chain.map { certificate in
            let names = certificate.dnsNames + certificate.addresses + certificate.uris + certificate.emails
            return Record([
                .text(certificate.subject), .text(certificate.issuer),
                .structure(.array(names.map { .string($0) })),
                .time(Timestamp(seconds: Int64(certificate.notBefore))),
                .time(Timestamp(seconds: Int64(certificate.notAfter))),
                .text(
                    certificate.keyType.hasPrefix("EC ")
                        ? certificate.keyType : "\(certificate.keyType) \(certificate.keyBits)"
                ), .text(certificate.signatureAlgorithm),
                .bool(certificate.isCA), .bool(certificate.isSelfSigned), .text(certificate.serial),
                .text(certificate.fingerprint),
            ])
        }
        try writeList(records, self.type, columns: columns, to: invocation.console)
        if let session = found.session {
            invocation.console.banner(
                "\(session); \(found.problem.map { "a client would refuse it: \($0)" } ?? "verified")"
            )
        }
        return .success
    }

    private static func check(_ invocation: AdminInvocation) throws(Failure) -> CheckResult {
        let arguments = invocation.arguments
        let (warn, critical) = (arguments[self.warn], arguments[self.critical])
        guard critical <= warn else { throw .usage(invocation.command, "--crit is less time than --warn") }
        let found = try self.probe(invocation).findings()
        let problem = arguments[TLSFlags.insecure] ? nil : found.problem
        return self.result(found.chain, problem, now: Int(currentTime().seconds), warn: warn, critical: critical)
    }

    /// - Parameter now: Seconds since 1970.
    static func result(
        _ chain: [CertificateInfo],
        _ problem: String?,
        now: Int,
        warn: Duration,
        critical: Duration
    ) -> CheckResult {
        guard let first = chain.min(by: { $0.notAfter < $1.notAfter }) else {
            return CheckResult(check: "cert", state: .critical, message: "no certificate was shown")
        }
        let left = Duration.seconds(first.notAfter - now)
        let days = { (duration: Duration) in decimal(duration.inSeconds / 86_400, 1) }
        var result = CheckResult(check: "cert", state: .ok, message: "", figures: [])
        result.figures = [("days", "\(days(left));\(days(warn)):;\(days(critical)):")]
        if let wrong = problem
            ?? chain.lazy.compactMap({ certificate in
                certificate.dateProblem(at: now).map { "\(certificate.subject) \($0)" }
            }).first
        {
            (result.state, result.message) = (.critical, wrong)
            return result
        }
        result.state = left <= critical ? .critical : left <= warn ? .warning : .ok
        result.message = "\(first.subject) expires in \(days(left)) days"
        return result
    }
}
