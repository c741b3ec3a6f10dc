package import Core

extension MQTTShard {
    /// The burst ends: what it has for the session journal is one append.
    package func endOfBurst(on shard: ShardState) { self.journal?.endOfBurst() }
}
