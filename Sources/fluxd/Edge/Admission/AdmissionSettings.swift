import Machine

/// The numbers that ``AdmissionTable`` goes by.
package struct AdmissionSettings: Equatable, Sendable {
    /// New connections of one address; nil: no limit.
    package var addressRate: AdmissionRate?
    /// New connections of one listener; nil: no limit.
    package var listenerRate: AdmissionRate?
    /// Connections of one address; 0: no limit.
    package var maximumPerAddress = 0
    /// Failures of one address within ``banWindow`` that have it banned; 0: nobody is.
    package var banFailures = 0
    /// Milliseconds.
    package var banWindow: UInt64 = 60_000
    /// Of a first ban. Milliseconds.
    package var banDuration: UInt64 = 300_000

    package init() {}
}

/// An address that is turned away until a time.
package struct Ban: Hashable, Sendable {
    package enum Source: String, Sendable { case failures, admin }

    package var address: AddressGroup
    package var source: Source
    /// Milliseconds of the loops' clock.
    package var since: UInt64
    package var until: UInt64
    /// What it is banned for.
    package var failures: Int
    /// Bans in a row, this one included.
    package var count: Int
    /// The failure that brought it, or what an operator said.
    package var reason: String
    /// Where that failure was; nil when it is not known.
    package var listener: String?
}

/// Why an operator's ban was not made.
package enum BanRefusal: Error, Sendable {
    /// Behind loopback may be everybody on the machine, and whoever says it.
    case loopback
    /// There are as many as are kept.
    case full
}

/// What an ``AdmissionTable`` has done and knows.
package struct AdmissionSnapshot: Sendable {
    /// Connections that were turned away, by ``AdmissionRefusal/rawValue``.
    package var refused = [UInt64](repeating: 0, count: AdmissionRefusal.allCases.count)
    package var failures: UInt64 = 0
    /// Bans that were ever begun.
    package var bans: UInt64 = 0
    /// Addresses that are remembered.
    package var addresses = 0
    /// Of addresses: without unix sockets.
    package var connections = 0
    /// Addresses that are banned now.
    package var bannedAddresses = 0
    /// The first of these, as many as were asked for, those who are free last first.
    package var banned: [Ban] = []
}
