package import Machine
import Synchronization

/// Who may come in: bounds on each address's connections, on how often it makes them and how often a listener gets new ones, and
/// bans for addresses that keep failing. How many connections a listener has is its own business.
///
/// Used from every loop. An address is asked about first, so that one that floods touches nothing that others use; its lock is one
/// of many. Unix sockets have no address, and only their listener's rate. Loopback is never banned, since behind it may be
/// everybody on the machine and a proxy besides; the bounds that an operator sets hold for it too.
///
/// Memory: an entry of some 200 bytes for each address that has connections, and for `maximumIdle` others at most; and a ban of
/// some 200 for each of as many addresses as operators ban.
package final class AdmissionTable: AdmissionControl {
    private struct ListenerRates {
        /// By the listener's index.
        var buckets: [TokenBucket] = []
        var refused: UInt64 = 0
    }

    private let current: Mutex<AdmissionSettings>
    private let stripes: [Stripe]
    private let listeners = Mutex(ListenerRates())

    /// A lock cannot stand in an array by itself.
    private final class Stripe: Sendable {
        let state: Mutex<AddressStripe>
        init(maximumIdle: Int) { self.state = Mutex(AddressStripe(maximumIdle: maximumIdle)) }
    }

    /// - Parameter maximumIdle: Addresses without connections that are remembered.
    package init(_ settings: AdmissionSettings, maximumIdle: Int = 65_536) {
        self.current = Mutex(settings)
        let count = 64
        self.stripes = (0..<count).map { _ in Stripe(maximumIdle: max(1, maximumIdle / count)) }
    }

    /// May change at any time; counts from the next question on. Connections that are open stay.
    package var settings: AdmissionSettings {
        get { self.current.withLock { $0 } }
        set { self.current.withLock { $0 = newValue } }
    }

    // MARK: AdmissionControl

    package func admit(_ remote: PeerAddress, listener: Int, now: UInt64) -> AdmissionRefusal? {
        let settings = self.settings
        let address = AddressGroup(remote)
        if let address, let refusal = self.stripe(address, { $0.admit(address, settings, now: now) }) { return refusal }
        guard let rate = settings.listenerRate, !self.take(rate, of: listener, now: now) else { return nil }
        if let address { self.stripe(address) { $0.left(address, wasRefused: true) } }
        return .rate
    }

    package func left(_ remote: PeerAddress, listener: Int) {
        guard let address = AddressGroup(remote) else { return }
        self.stripe(address) { $0.left(address, wasRefused: false) }
    }

    private func take(_ rate: AdmissionRate, of listener: Int, now: UInt64) -> Bool {
        self.listeners.withLock { listeners in
            while listeners.buckets.count <= listener { listeners.buckets.append(TokenBucket()) }
            let isTaken = listeners.buckets[listener].take(rate, now: now)
            if !isTaken { listeners.refused += 1 }
            return isTaken
        }
    }

    // MARK: Bans

    /// A client of that address could not prove who it is, or broke a protocol.
    ///
    /// - Parameters:
    ///   - reason: In words; of the failure that brings the ban the first 200 characters are kept.
    ///   - listener: Its name, when it is known.
    /// - Returns: The ban that this has brought, for the log; nil when there is none, or it was there before.
    @discardableResult
    package func failed(_ remote: PeerAddress, _ reason: String, on listener: String? = nil, now: UInt64) -> Ban? {
        let settings = self.settings
        guard settings.banFailures > 0, let address = AddressGroup(remote), !address.isLoopback else { return nil }
        let failure = AddressStripe.Failure(reason: reason, listener: listener)
        return self.stripe(address) { $0.failed(address, failure, settings, now: now) }
    }

    /// Whether connections of the address are turned away now.
    package func isBanned(_ remote: PeerAddress, now: UInt64) -> Bool {
        guard let address = AddressGroup(remote), !address.isLoopback else { return false }
        let ofFailures = self.settings.banFailures > 0
        return self.stripe(address) { $0.ban(of: address, ofFailures: ofFailures, now: now) != nil }
    }

    /// Ten years: longer than a process runs. Milliseconds.
    package static let longestBan: UInt64 = 10 * 365 * 86_400_000

    /// An operator's ban: it is in force whether or not failures bring any, and takes the place of one that was there.
    /// Connections that are open stay.
    ///
    /// - Parameter duration: Milliseconds.
    package func ban(
        _ address: AddressGroup,
        for duration: UInt64,
        reason: String,
        now: UInt64
    ) throws(BanRefusal) {
        if address.isLoopback { throw .loopback }
        let ban = Ban(
            address: address,
            source: .admin,
            since: now,
            until: now + min(duration, AdmissionTable.longestBan),
            failures: 0,
            count: 1,
            reason: reason
        )
        if !self.stripe(address, { $0.place(ban) }) { throw .full }
    }

    /// All that are in force, in no order.
    package func bans(now: UInt64) -> [Ban] {
        let ofFailures = self.settings.banFailures > 0
        return self.stripes.flatMap { $0.state.withLock { $0.banned(ofFailures: ofFailures, now: now) } }
    }

    package func ban(of address: AddressGroup, now: UInt64) -> Ban? {
        let ofFailures = self.settings.banFailures > 0
        return self.stripe(address) { $0.ban(of: address, ofFailures: ofFailures, now: now) }
    }

    /// Lets an address in again, as if it had never failed.
    ///
    /// - Returns: Whether it was banned.
    package func unban(_ address: AddressGroup, now: UInt64) -> Bool {
        self.stripe(address) { $0.unban(address, now: now) }
    }

    // MARK: What others see

    /// - Parameter bans: As many bans as are listed at most.
    package func snapshot(bans: Int = 1_000, now: UInt64) -> AdmissionSnapshot {
        var snapshot = AdmissionSnapshot()
        let counts = self.settings.banFailures > 0
        for stripe in self.stripes {
            stripe.state.withLock { state in
                for (index, count) in state.refused.enumerated() { snapshot.refused[index] += count }
                snapshot.failures += state.failures
                snapshot.bans += state.bans
                snapshot.addresses += state.addresses
                snapshot.connections += state.connections
                snapshot.banned += state.banned(ofFailures: counts, now: now)
            }
        }
        snapshot.refused[Int(AdmissionRefusal.rate.rawValue)] += self.listeners.withLock { $0.refused }
        snapshot.bannedAddresses = snapshot.banned.count
        snapshot.banned.sort { $0.until > $1.until }
        snapshot.banned = Array(snapshot.banned.prefix(bans))
        return snapshot
    }

    private func stripe<Result>(
        _ address: AddressGroup,
        _ body: (inout sending AddressStripe) -> sending Result
    ) -> sending Result {
        self.stripes[Int(UInt(bitPattern: address.hashValue) % UInt(self.stripes.count))].state.withLock(body)
    }
}
