/// The bytes that mean something in topics. Source: MQTT 5.0 §4.7.1.
@usableFromInline enum Separator {
    @usableFromInline static var level: UInt8 { UInt8(ascii: "/") }
    @usableFromInline static var single: UInt8 { UInt8(ascii: "+") }
    @usableFromInline static var multi: UInt8 { UInt8(ascii: "#") }
    @usableFromInline static var dollar: UInt8 { UInt8(ascii: "$") }
}

/// What a message is published to: `plant/line/temperature`.
@usableFromInline
package enum TopicName {
    /// Whether a message may be published to these bytes: not empty, an MQTT string, no wildcard.
    ///
    /// Source: MQTT 5.0 §4.7.1 [MQTT-4.7.1-1], §4.7.3 [MQTT-4.7.3-1] [MQTT-4.7.3-2].
    @inlinable
    package static func isValid(_ name: Span<UInt8>) -> Bool {
        if name.isEmpty || name.count > 65_535 { return false }
        var index = 0
        while name.count - index >= 8 {
            let word = eightBytes(of: name, at: index)
            if !isPlainASCII(word) { break }
            // `#` and `+` differ in one bit; without it, a byte that is either becomes 0.
            if !isPlainASCII(word & 0xF7F7_F7F7_F7F7_F7F7 ^ 0x2323_2323_2323_2323) { return false }
            index += 8
        }
        let rest = index
        var isPlain = true
        while index < name.count {
            let byte = name[index]
            if byte == Separator.single || byte == Separator.multi { return false }
            if byte &- 1 >= 0x7F { isPlain = false }
            index += 1
        }
        return isPlain || isValidMQTTStringSlowly(name, from: rest)
    }

    /// Whether the first level starts with `$`, which hides the topic from filters that start with a wildcard.
    ///
    /// Source: MQTT 5.0 §4.7.2.
    @inlinable
    package static func isHidden(_ name: Span<UInt8>) -> Bool {
        !name.isEmpty && name[0] == Separator.dollar
    }
}
