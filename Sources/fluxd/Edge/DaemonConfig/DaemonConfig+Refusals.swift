import Configuration

extension DaemonConfig {
    /// What a FluxMQ file may hold and this version cannot do. Switched off (`addr: ""`, `enabled: false`) it is
    /// accepted.
    static var refusals: [ConfigRefusal] {
        let later = "is not supported in this version of fluxd"
        func listener(_ path: String, _ what: String) -> ConfigRefusal {
            ConfigRefusal(path, "\(later): \(what) come later; leave it out, or close it with addr: \"\"")
        }
        func feature(_ path: String, _ what: String) -> ConfigRefusal {
            ConfigRefusal(path, "\(later): \(what); leave it out")
        }
        func replaced(_ path: String, _ remedy: String) -> ConfigRefusal {
            ConfigRefusal(path, "has no place here: \(remedy)", accepts: .nothing)
        }
        let collector = "metrics are at /metrics of server.http_addr, in Prometheus's format"
        let resend = "MQTT sends again on reconnect only; remove the key"
        let fullWindow = "what does not fit the window waits, up to session.max_offline_queue_bytes; remove the key"
        return [
            replaced("server.tcp", "use server.mqtt.tcp"),
            replaced("server.websocket", "use server.mqtt.websocket"),
            listener("server.http", "the HTTP publish bridge's listeners"),
            listener("server.coap", "CoAP listeners"),
            listener("server.amqp", "AMQP 1.0 listeners"),
            listener("server.amqp091", "AMQP 0.9.1 listeners"),
            feature(
                "server.admin_api_addr",
                "the admin API is on server.admin.socket, and for reading on server.http_addr"
            ),
            feature("server.metrics_enabled", collector),
            feature("server.metrics_addr", collector),
            feature("server.otel_service_name", collector),
            feature("server.otel_service_version", collector),
            feature("server.otel_metrics_enabled", collector),
            feature("server.otel_traces_enabled", collector),
            feature("server.otel_trace_sample_rate", collector),
            feature("server.otel_insecure", collector),
            feature("server.otel_ca_file", collector),
            feature("server.otel_cert_file", collector),
            feature("server.otel_key_file", collector),
            replaced("broker.retry_interval", resend),
            replaced("broker.max_retries", resend),
            ConfigRefusal(
                "broker.async_fan_out",
                "has no place here: fan-out never waits for a subscriber; remove the key"
            ),
            replaced("broker.fan_out_workers", "server.shards sets the number of threads; remove the key"),
            replaced("session.inflight_overflow", fullWindow),
            replaced("session.pending_queue_size", fullWindow),
            replaced(
                "session.max_send_queue_size",
                "session.output_high_watermark bounds a client's output; remove the key"
            ),
            ConfigRefusal(
                "session.disconnect_on_full",
                "has no place here: a client that passes session.max_offline_queue_bytes is disconnected; remove the key"
            ),
            feature("cluster", "clustering comes later"),
            feature("webhook", "webhooks come later"),
            feature("hooks", "hooks come later"),
            feature("compatibility", "there is nothing yet that it would change"),
        ] + self.storageRefusals + self.authRefusals
            + MQTTSlot.all.filter { $0.security != .plain }.flatMap(self.tlsRefusals)
    }

    private static var authRefusals: [ConfigRefusal] {
        let local = "auth.password_file and auth.acl_file say who is who and who may do what"
        let callouts =
            ["auth.external"]
            + ["url", "transport", "timeout", "protocols", "identity_cache_size", "identity_cache_ttl"]
            .map { "auth.\($0)" }
        return callouts.map {
            ConfigRefusal($0, "is not supported in this version of fluxd: callouts come later; leave it out: \(local)")
        } + [
            ConfigRefusal(
                "auth.local_principals",
                """
                is not supported in this version of fluxd: it comes with AMQP 0.9.1; leave it out. MQTT clients are known by \
                their certificates with certificate_identity
                """
            ),
            ConfigRefusal(
                "ratelimit.connection.cleanup_interval",
                "has no place here: addresses that are idle are forgotten by themselves; remove the key",
                accepts: .nothing
            ),
        ]
    }

    private static func tlsRefusals(_ slot: MQTTSlot) -> [ConfigRefusal] {
        let list = "has no place here: what is revoked stands in crl_file, which something else has to fetch"
        let issuer = "has no place here: the CAs of ca_file sign the lists of crl_file; remove the key"
        return [
            ConfigRefusal(
                "\(slot.path).server_ca_file",
                "has no place here: a server has no use for the CAs of servers; ca_file verifies clients; remove the key",
                accepts: .nothing
            ),
            ConfigRefusal(
                "\(slot.path).ocsp",
                """
                has no place here: asking a responder in each handshake would hold clients up for as long as it takes; revoked \
                client certificates go to crl_file, and ocsp_staple_file holds the answer about the server's own
                """
            ),
            ConfigRefusal("\(slot.path).crl.distribution_points", list),
            ConfigRefusal("\(slot.path).crl.distribution_points_issuer_cert_file", issuer),
            ConfigRefusal("\(slot.path).crl.offline_crl_issuer_cert_file", issuer),
            ConfigRefusal(
                "\(slot.path).crl.depth",
                "has no place here: with a crl_file the whole chain is looked at; remove the key"
            ),
        ]
    }
}
