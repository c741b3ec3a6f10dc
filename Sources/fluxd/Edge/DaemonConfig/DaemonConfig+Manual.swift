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
        A listener that the machine's network reaches, without authentication, beside one on loopback:
        .Bd -literal -offset indent
        \(Roff.literal(self.example)).Ed
        .Pp
        The same from the command line:
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
        `fluxd --check` does only that, and `fluxd --print-config` prints the configuration in effect. \
        Anchors, aliases and tags are refused. `fluxd --set key.path=value` goes over the file.
        """,
        """
        A file that has a `server.mqtt` section opens the MQTT listeners that it writes, and no other. \
        Without that section the default one is open.
        """,
        """
        Durations are written `300ms`, `5s`, `1m30s` or `168h`, and sizes `1048576`, `64KiB` or `10MB`. \
        An address is host:port; an IPv6 address stands in brackets, and an empty host is every address.
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
              v5:
                addr: 192.0.2.7:1885
                allow_anonymous: true
                max_connections: 5000
        broker:
          max_message_size: 10MiB
        log:
          format: json
        """

    package static let exampleCommand = """
        fluxd --set server.mqtt.tcp.v5.addr=192.0.2.7:1885 \\
            --set server.mqtt.tcp.v5.allow_anonymous=true
        """
}
