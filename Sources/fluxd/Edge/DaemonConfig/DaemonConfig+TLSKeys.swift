import Configuration

extension DaemonConfig {
    private typealias Key = ConfigKey<ListenerTLSConfig>

    /// The keys that `tls` and `mtls` slots have beside those of every listener.
    static func tlsKeys(_ security: MQTTSlot.Security) -> [ConfigKey<MQTTListenerConfig>] {
        (self.fileKeys + self.clientKeys(security) + self.handshakeKeys).map { $0.nested(in: "", \.tls) }
    }

    private static var fileKeys: [Key] {
        [
            Key(
                "cert_file",
                \.certFile,
                .file,
                live: true,
                """
                The server's certificate and the chain under its CA, in PEM. Each reload reads it again, whether or not its \
                path has changed; connections stay.
                """
            ),
            Key(
                "key_file",
                \.keyFile,
                .file,
                live: true,
                "The certificate's private key, in PEM, without a passphrase."
            ),
            Key(
                "certificates",
                \.certificates,
                .sections(
                    CertificateFiles(),
                    of: ConfigDescription(
                        keys: [
                            ConfigKey("cert_file", \.certFile, .requiredFile, "Certificate and chain."),
                            ConfigKey("key_file", \.keyFile, .requiredFile, "Private key."),
                        ],
                        required: ["cert_file", "key_file"]
                    )
                ),
                live: true,
                """
                More certificates, for other names: the one that holds the name which a client asks for (SNI) is shown, \
                else that of `cert_file`.
                """
            ),
            Key(
                "ocsp_staple_file",
                \.ocspStapleFile,
                .file,
                live: true,
                """
                An OCSP response for `cert_file`, in DER as `openssl ocsp -respout` writes it: sent to clients that ask, \
                until it expires. Something else has to fetch it, and reload.
                """
            ),
        ]
    }

    private static func clientKeys(_ security: MQTTSlot.Security) -> [Key] {
        [
            Key(
                "ca_file",
                \.caFile,
                .file,
                live: true,
                "The CAs of clients' certificates, in PEM."
                    + (security == .mtls ? " This slot needs it." : "")
            ),
            Key(
                "client_auth",
                \.clientAuth,
                .optional(
                    .choice(
                        security == .mtls ? [.required, .optional] : ListenerTLSConfig.ClientAuth.allCases,
                        spelled: self.clientAuthSpellings(security),
                        refusing: security == .mtls
                            ? ["none": self.useTLSSlot, "no": self.useTLSSlot] : [:]
                    )
                ),
                defaultRule: security == .mtls ? "`required`" : "`required` with a `ca_file`, else `none`",
                live: true,
                """
                Whether clients need a certificate. `required`: none, no connection. `optional`: a client may come without. \
                A certificate that is shown is verified in either case and has to be good: FluxMQ's `request` and \
                `verify_if_given` are `optional`, and its `require_any`, `require` and `require_and_verify` are \
                `required`, so what FluxMQ would take unverified is refused here.
                """
            ),
            Key(
                "certificate_identity",
                \.certificateIdentity,
                .choice(ListenerTLSConfig.CertificateIdentity.allCases),
                live: true,
                """
                What of a client's certificate becomes its user name, in place of the one in CONNECT and without a password: \
                `common_name`, the whole `subject` (as RFC 2253 writes it), or the first `dns` or `uri` name among the \
                alternative names. `none` leaves the user name to CONNECT.
                """
            ),
            Key(
                "crl_file",
                \.crlFile,
                .file,
                aliases: ["crl.offline_crl_file"],
                live: true,
                """
                Revoked client certificates, in PEM: one list for each CA of the chain. One that is out of date refuses every \
                client certificate. Each reload reads it again.
                """
            ),
        ]
    }

    private static let useTLSSlot = "asks for no certificate, which the tls slot is for; open that one instead"

    private static func clientAuthSpellings(
        _ security: MQTTSlot.Security
    ) -> [String: ListenerTLSConfig.ClientAuth] {
        let certificates: [String: ListenerTLSConfig.ClientAuth] = [
            "optional": .optional, "request": .optional, "verifyifgiven": .optional, "required": .required,
            "requireany": .required, "require": .required, "requireandverify": .required,
        ]
        return security == .mtls ? certificates : certificates.merging(["none": .none, "no": .none]) { $1 }
    }

    private static var handshakeKeys: [Key] {
        [
            Key(
                "min_version",
                \.minVersion,
                .tlsVersion,
                live: true,
                "Oldest TLS version that is spoken. 1.0 and 1.1 are not to be had: RFC 8996 forbids them."
            ),
            Key("max_version", \.maxVersion, .tlsVersion, live: true, "Newest TLS version that is spoken."),
            Key(
                "cipher_suites",
                \.cipherSuites,
                .list(of: .cipherSuite, allowed: "a list of IANA's names"),
                live: true,
                """
                The cipher suites that are spoken, by IANA's names and in order of preference, such as \
                `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` of TLS 1.2 and `TLS_AES_128_GCM_SHA256` of TLS 1.3. A version of \
                which none is named keeps all of its good ones.
                """
            ),
            Key(
                "prefer_server_cipher_suites",
                \.preferServerCipherSuites,
                .bool,
                live: true,
                "Choose the cipher suite by the server's order of preference and not by the client's."
            ),
        ]
    }
}

extension ConfigType where Value == String {
    static var file: ConfigType { .string("path", allowed: "a file") }

    fileprivate static var requiredFile: ConfigType {
        .string("path", allowed: "a file") { $0.isEmpty ? ConfigProblem("is empty") : nil }
    }

    fileprivate static var cipherSuite: ConfigType {
        .string("name", allowed: "a name such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") { name in
            let isName =
                name.hasPrefix("TLS_")
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
            return isName ? nil : ConfigProblem("'\(name)' is not IANA's name of a cipher suite")
        }
    }
}

extension ConfigType where Value == ListenerTLSConfig.Version {
    fileprivate static var tlsVersion: ConfigType {
        let old = "is deprecated and insecure (RFC 8996)"
        return .choice(
            Value.allCases,
            spelled: [
                "1.2": .tls1_2, "tls1.2": .tls1_2, "tlsv1.2": .tls1_2, "tls12": .tls1_2, "1.3": .tls1_3,
                "tls1.3": .tls1_3,
                "tlsv1.3": .tls1_3, "tls13": .tls1_3,
            ],
            refusing: [
                "1.0": old, "tls1.0": old, "tlsv1.0": old, "tls1": old, "tlsv1": old, "tls10": old, "1.1": old,
                "tls1.1": old,
                "tlsv1.1": old, "tls11": old, "1": old,
            ]
        )
    }
}
