import Configuration

extension DaemonConfig {
    private typealias Key = ConfigKey<DaemonConfig>

    static var storageKeys: [ConfigKey<DaemonConfig>] {
        [
            Key(
                "storage.type",
                \.storage.kind,
                .choice(StorageConfig.Kind.allCases, spelled: ["disk": .disk, "badger": .disk, "memory": .memory]),
                """
                Where sessions, retained messages and queues live. On `disk` (FluxMQ: `badger`) they are there again after a \
                restart; in `memory` they end with the process, and no file is written.
                """
            ),
            Key(
                "storage.dir",
                \.storage.dir,
                .directory,
                defaultRule: """
                    `/var/lib/fluxmq` for root, else `$XDG_STATE_HOME/fluxmq`, else `$HOME/.local/state/fluxmq`
                    """,
                aliases: ["badger_dir"],
                """
                Data directory, of one daemon: a second one that is given it does not start. With `storage.type: memory` \
                nothing is stored in it.
                """
            ),
            Key(
                "storage.sync_writes",
                \.storage.syncWrites,
                .bool,
                aliases: ["badger_sync_writes"],
                """
                Whether sessions, subscriptions and retained messages are on the device before they are acknowledged. With \
                false they survive the process and a crash of the machine may take the last moments of them.
                """
            ),
            Key(
                "storage.queue_ack_durability",
                \.storage.queueDurability,
                .choice(AckDurability.allCases),
                """
                What an acknowledgement to a publisher promises of queues that do not say (`ack_durability`): `buffered` that \
                the message survives the process, `fsync` that it is on the device and survives the machine.
                """
            ),
            Key(
                "storage.session_ack_durability",
                \.storage.sessionDurability,
                .choice(AckDurability.allCases),
                "The same for QoS 1 and 2 messages that are kept for sessions."
            ),
            Key(
                "storage.queue_sync_interval",
                \.storage.queueSyncInterval,
                .duration(.zero...self.day),
                live: true,
                """
                How often what is `buffered` goes to the device: the most that a crash of the machine takes. \
                `0s` syncs every append; a change from that, or to it, waits for the restart.
                """
            ),
            Key(
                "storage.min_free_space",
                \.storage.minFreeSpace,
                .bytes(0...Int.max),
                unit: "bytes",
                live: true,
                """
                When the volume of `storage.dir` has less than this left, what is being written counted in, messages that would \
                have to be stored are refused (MQTT 5: 0x97): acknowledgements of consumers still need room. They are taken again \
                when a quarter more than this is free. 0 looks at nothing before the disk is full.
                """
            ),
            Key(
                "storage.memory_limit",
                \.storage.memoryLimit,
                .bytes((1 << 20)...Int.max),
                unit: "bytes",
                """
                With `storage.type: memory`, what all logs together may hold, those of queues and of messages that are kept for \
                sessions, beside `broker.memory_limit`. More is refused (MQTT 5: 0x97).
                """
            ),
        ]
    }

    static var queueManagerKeys: [ConfigKey<DaemonConfig>] {
        [
            Key(
                "queue_manager.auto_commit_interval",
                \.queueManager.autoCommitInterval,
                .duration(.zero...self.day),
                live: true,
                """
                How often a stream's group commits its cursor by itself, in queues that are made from now on and do not say. \
                `0s` commits with every burst of deliveries.
                """
            )
        ]
    }

    static var storageRefusals: [ConfigRefusal] {
        let capture =
            "has no place here: a queue takes messages of its topics on its own thread, in order, and what does not fit is its overflow rule's; remove the key"
        return [
            ConfigRefusal(
                "storage.recover_on_startup",
                "has no place here: what is in storage.dir is always recovered, and the log says what was found; remove the key",
                accepts: .on
            ),
            ConfigRefusal("queue_manager.capture_workers", capture, accepts: .nothing),
            ConfigRefusal("queue_manager.capture_queue_depth", capture, accepts: .nothing),
            ConfigRefusal(
                "queue_manager.capture_drain_timeout",
                "has no place here: what was taken is stored before the daemon stops, within server.shutdown_timeout; remove the key",
                accepts: .nothing
            ),
        ]
    }

    /// Pairs of which one would promise what the other cannot keep.
    func checkStorage() throws(ConfigError) {
        guard self.storage.kind == .memory else {
            if !self.storage.dir.isEmpty { return }
            throw ConfigError(
                """
                storage.dir: neither XDG_STATE_HOME nor HOME is set to work it out from; write it, or storage.type: memory
                """,
                key: "storage.dir"
            )
        }
        let synced = { (durability: AckDurability?) in durability == .fsync }
        var promises = [
            ("storage.sync_writes", self.storage.syncWrites),
            ("storage.queue_ack_durability", synced(self.storage.queueDurability)),
            ("storage.session_ack_durability", synced(self.storage.sessionDurability)),
        ]
        for (index, queue) in self.queues.enumerated() {
            promises.append(("queues[\(index)].ack_durability", synced(queue.ackDurability)))
        }
        for (key, isPromised) in promises where isPromised {
            throw ConfigError(
                "\(key): with storage.type: memory nothing survives the process; write storage.type: disk, or leave it out",
                key: key
            )
        }
    }
}
