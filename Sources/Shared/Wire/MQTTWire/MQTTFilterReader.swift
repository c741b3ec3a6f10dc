import Bytes

/// Reads the filters of a SUBSCRIBE or an UNSUBSCRIBE one after the other. One packet may name 60,000: who does not want to be held
/// up by them keeps the packet's bytes and goes on reading where it stopped.
package struct MQTTFilterReader: Equatable, Sendable {
    package let type: MQTTPacketType
    package let version: MQTTVersion
    package let packetID: UInt16
    package let properties: MQTTProperties
    /// Of the next filter.
    private var index: Int

    /// Reads what stands before the filters.
    ///
    /// - Parameters:
    ///   - type: `.subscribe` or `.unsubscribe`.
    ///   - body: All of the packet behind its fixed header.
    package init(
        _ type: MQTTPacketType,
        _ body: Span<UInt8>,
        version: MQTTVersion
    ) throws(MQTTDecodeError) {
        var reader = ByteReader(body)
        self.type = type
        self.version = version
        self.packetID = try reader.packetID()
        let context: MQTTPropertyContext = type == .subscribe ? .subscribe : .unsubscribe
        self.properties = version == .v5 ? try MQTTProperties.decode(&reader, for: context) : MQTTProperties()
        self.index = reader.index
        // [MQTT-3.8.3-2] [MQTT-3.10.3-2]
        if reader.isAtEnd { throw .protocolError("\(type) without a topic filter") }
    }

    /// The next filter and how its messages are to come, which an UNSUBSCRIBE does not say; nil at the end. Filters are MQTT
    /// strings; whether each is a valid filter is for the answer to say, one by one.
    ///
    /// - Parameter body: The same bytes as before.
    package mutating func next(in body: Span<UInt8>) throws(MQTTDecodeError) -> MQTTSubscription? {
        var reader = ByteReader(body, at: self.index)
        if reader.isAtEnd { return nil }
        let filter = try reader.stringBytes("a topic filter")
        var subscription = MQTTSubscription(filter: filter, qos: 0)
        if self.type == .subscribe {
            let options = try reader.byte("the subscription options")
            subscription = try MQTTSubscription(filter: filter, options: options, version: self.version)
        }
        self.index = reader.index
        return subscription
    }
}
