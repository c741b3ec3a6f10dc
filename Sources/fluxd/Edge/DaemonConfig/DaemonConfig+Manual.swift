import Configuration

extension DaemonConfig {
    /// fluxd.yaml(5) in mdoc.
    ///
    /// - Parameters:
    ///   - date: As mdoc writes it: `November 22, 2026`.
    ///   - version: `FluxMQ 0.1.0`.
    package static func manPage(date: String, version: String) -> String {
        """
        .\\" Written by DaemonConfig.manPage from the configuration's description; change it there.
        .Dd \(date)
        .Dt FLUXD.YAML 5
        .Os \(version)
        .Sh NAME
        .Nm fluxd.yaml
        .Nd configuration of the FluxMQ broker
        .Sh DESCRIPTION
        \(self.introduction.map(Roff.sentences).joined(separator: ".Pp\n")).Sh KEYS
        \(self.description.manual(defaults: DaemonConfig())).Sh KEYS THAT ARE KNOWN AND REFUSED
        \(Roff.sentences(self.refusalIntroduction))\(self.description.refusalManual()).Sh FILES
        .Bl -tag -width Ds
        .It Pa /etc/fluxmq/fluxd.yaml
        Where the systemd unit looks for it.
        .El
        .Sh EXAMPLES
        A listener for everybody, with TLS and users, beside one for this machine's own programs:
        .Bd -literal -offset indent
        \(Roff.literal(self.example)).Ed
        .Pp
        From the command line, a listener that everybody in a network that is trusted may use:
        .Bd -literal -offset indent
        \(Roff.literal(self.exampleCommand)).Ed
        .Sh SEE ALSO
        .Xr fluxctl 1 ,
        .Xr fluxd 8

        """
    }

    private static let introduction = [
        """
        One YAML document, given to `fluxd --config`. An empty file is the defaults. \
        A key that is unknown, written twice or out of its range stops the start with file, line and column; \
        `fluxd --check` does only that, for the files that it names too, and `fluxd --print-config` prints the configuration in effect. \
        Anchors, aliases and tags are refused. `fluxd --set key.path=value` goes over the file.
        """,
        """
        A file that has a `server.mqtt` section opens the MQTT listeners that it writes, and no other. \
        Without that section the two default ones are open. \
        `server.mqtt.websocket`, FluxMQ's name, is the same section as `server.mqtt.ws`.
        """,
        """
        A reload (SIGHUP, `fluxctl config reload`) applies the keys that say so, and reads certificates, revocation lists, \
        passwords and access rules again. The others wait for a restart, and with a listener's `addr` that changes so do all \
        of its keys. A file with a mistake in it, or in a file that it names, changes nothing.
        """,
        """
        Durations are written `300ms`, `5s`, `1m30s` or `168h`, and sizes `1048576`, `64KiB` or `10MB`. \
        An address is host:port; an IPv6 address stands in brackets, and an empty host is every address. \
        Lists are YAML lists; with `--set`, words between commas.
        """,
    ]

    private static var refusalIntroduction: String {
        """
        A file written for FluxMQ may hold these. Each is refused with the reason, since ignoring it would promise what \
        does not happen. Those that are not supported yet are accepted when they are switched off: an empty `addr` or \
        `url`, `enabled: false`, an empty section.
        """
    }

    /// Decoded by a test.
    package static let example = """
        server:
          mqtt:
            tcp:
              plain:
                addr: 127.0.0.1:1883
                allow_anonymous: true
              tls:
                addr: :8883
                cert_file: /etc/fluxmq/server.pem
                key_file: /etc/fluxmq/server.key
                max_connections: 5000
        auth:
          password_file: /etc/fluxmq/passwd
          acl_file: /etc/fluxmq/acl
        ratelimit:
          enabled: true
        log:
          format: json
        """

    package static let exampleCommand = """
        fluxd --set server.mqtt.tcp.v5.addr=192.0.2.7:1885 \\
            --set server.mqtt.tcp.v5.allow_anonymous=true
        """
}
