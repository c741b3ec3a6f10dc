import MQTTWire
import Testing

@Suite("MQTT 5 properties")
struct PropertiesTests {
    @Test(
        "all that a context allows is the same after it was written and read again",
        arguments: MQTTPropertyContext.allCases
    )
    func roundTrip(context: MQTTPropertyContext) throws {
        let all = allProperties(in: context)
        var bytes: [UInt8] = []
        all.encode(into: &bytes)
        #expect(try properties(bytes, context) == all)
        for cut in 0..<bytes.count {
            #expect(throws: MQTTDecodeError.self) { try properties(bytes.prefix(cut), context) }
        }
    }

    @Test("a property stands only where table 2-4 lets it, and else is malformed [MQTT 5.0 §2.2.2.2]")
    func contexts() {
        var allowed = 0
        for id in MQTTPropertyID.allCases {
            for context in MQTTPropertyContext.allCases {
                if id.isAllowed(in: context) {
                    allowed += 1
                    continue
                }
                do {
                    _ = try properties([1, id.rawValue], context)
                    Issue.record("\(id) is taken in \(context)")
                } catch {
                    #expect(error == .malformed("\(id) is not a property of \(context)"))
                }
            }
        }
        // Counted in the table: 14 user properties, 9 reason strings and 41 others.
        #expect(allowed == 64)
    }

    @Test("no property but a user property, and the subscription identifier of a PUBLISH, is there twice")
    func duplicates() throws {
        for context in MQTTPropertyContext.allCases {
            for id in MQTTPropertyID.allCases where id.isAllowed(in: context) {
                if id == .userProperty || (id == .subscriptionIdentifier && context == .publish) { continue }
                var one = MQTTProperties()
                one.authenticationMethod = id == .authenticationData ? "m" : nil
                one.copy(id, from: allProperties(in: context))
                var bytes: [UInt8] = []
                one.encode(into: &bytes)
                let fields = Array(bytes.dropFirst())
                do {
                    _ = try properties([UInt8(fields.count * 2)] + fields + fields, context)
                    Issue.record("\(id) is taken twice in \(context)")
                } catch {
                    #expect(error.reasonCode == .protocolError, "\(id): \(error)")
                }
            }
        }
    }

    @Test(
        "a value that the specification forbids is a protocol error",
        arguments: [
            ("[§3.1.2.11.3] receive maximum 0", "03 21 0000", MQTTPropertyContext.connect),
            ("[§3.1.2.11.4] maximum packet size 0", "05 27 00000000", .connect),
            ("[§3.1.2.11.6] request response information 2", "02 19 02", .connect),
            ("[§3.1.2.11.7] request problem information 2", "02 17 02", .connect),
            ("[§3.1.2.11.10] authentication data without a method", "03 16 0000", .connect),
            ("[§3.2.2.3.4] maximum QoS 2", "02 24 02", .connack),
            ("[§3.2.2.3.5] retain available 2", "02 25 02", .connack),
            ("[§3.2.2.3.11] wildcard subscription available 2", "02 28 02", .connack),
            ("[§3.2.2.3.12] subscription identifier available 2", "02 29 02", .connack),
            ("[§3.2.2.3.13] shared subscription available 2", "02 2A 02", .connack),
            ("[§3.3.2.3.2] payload format indicator 2", "02 01 02", .publish),
            ("[MQTT-3.3.2-8] topic alias 0", "03 23 0000", .publish),
            ("[MQTT-3.3.2-14] a response topic with a wildcard", "06 08 0003'a/#'", .publish),
            ("an empty response topic", "03 08 0000", .publish),
            ("[§3.8.2.1.2] subscription identifier 0", "02 0B 00", .subscribe),
            ("[§3.8.2.1.2] two subscription identifiers", "04 0B 01 0B 02", .subscribe),
        ]
    )
    func forbidden(name: String, digits: String, context: MQTTPropertyContext) {
        do {
            _ = try properties(hex(digits), context)
            Issue.record("taken")
        } catch {
            #expect(error.reasonCode == .protocolError, "\(error)")
        }
    }

    @Test(
        "what cannot be read is malformed",
        arguments: [
            ("an unknown identifier", "02 7F 00"), ("identifier 0", "02 00 00"),
            ("an identifier of two bytes", "03 82 00 00"),
            ("a length beyond the packet", "02 01"), ("no length", ""),
            ("a length that does not end", "FF FF FF FF 01"),
            ("a length written too long [MQTT-1.5.5-1]", "80 00"), ("a value cut by the length", "04 02 000000 00"),
            ("a string cut by the length", "04 03 0002'a' 'b'"), ("a content type that is not UTF-8", "04 03 0001 FF"),
            ("NUL in the name of a user property", "07 26 0001 00 0001 61"),
            ("a user property without a value", "04 26 0001'a'"),
        ]
    )
    func malformed(name: String, digits: String) {
        do {
            _ = try properties(hex(digits), .publish)
            Issue.record("taken")
        } catch {
            #expect(error.reasonCode == .malformedPacket, "\(error)")
        }
    }

    @Test("properties are empty when nothing is in them, and are one byte then")
    func empty() {
        #expect(MQTTProperties().isEmpty)
        #expect(!allProperties(in: .publish).isEmpty)
        var bytes: [UInt8] = []
        MQTTProperties().encode(into: &bytes)
        #expect(bytes == [0])
    }
}

extension MQTTProperties {
    /// Takes one property's value over.
    fileprivate mutating func copy(_ id: MQTTPropertyID, from other: MQTTProperties) {
        switch id {
        case .payloadFormatIndicator: self.payloadFormatIndicator = other.payloadFormatIndicator
        case .messageExpiryInterval: self.messageExpiryInterval = other.messageExpiryInterval
        case .contentType: self.contentType = other.contentType
        case .responseTopic: self.responseTopic = other.responseTopic
        case .correlationData: self.correlationData = other.correlationData
        case .subscriptionIdentifier: self.subscriptionIdentifiers = other.subscriptionIdentifiers
        case .sessionExpiryInterval: self.sessionExpiryInterval = other.sessionExpiryInterval
        case .assignedClientIdentifier: self.assignedClientIdentifier = other.assignedClientIdentifier
        case .serverKeepAlive: self.serverKeepAlive = other.serverKeepAlive
        case .authenticationMethod: self.authenticationMethod = other.authenticationMethod
        case .authenticationData: self.authenticationData = other.authenticationData
        case .requestProblemInformation: self.requestProblemInformation = other.requestProblemInformation
        case .willDelayInterval: self.willDelayInterval = other.willDelayInterval
        case .requestResponseInformation: self.requestResponseInformation = other.requestResponseInformation
        case .responseInformation: self.responseInformation = other.responseInformation
        case .serverReference: self.serverReference = other.serverReference
        case .reasonString: self.reasonString = other.reasonString
        case .receiveMaximum: self.receiveMaximum = other.receiveMaximum
        case .topicAliasMaximum: self.topicAliasMaximum = other.topicAliasMaximum
        case .topicAlias: self.topicAlias = other.topicAlias
        case .maximumQoS: self.maximumQoS = other.maximumQoS
        case .retainAvailable: self.retainAvailable = other.retainAvailable
        case .userProperty: self.userProperties = other.userProperties
        case .maximumPacketSize: self.maximumPacketSize = other.maximumPacketSize
        case .wildcardSubscriptionAvailable: self.wildcardSubscriptionAvailable = other.wildcardSubscriptionAvailable
        case .subscriptionIdentifierAvailable:
            self.subscriptionIdentifierAvailable = other.subscriptionIdentifierAvailable
        case .sharedSubscriptionAvailable: self.sharedSubscriptionAvailable = other.sharedSubscriptionAvailable
        }
    }
}
