import Machine

/// What is known of some of the addresses. One lock's worth of ``AdmissionTable``.
///
/// Addresses with connections stay. The others stand in a list by their last use, and when there are too many the one that was
/// quiet for longest is forgotten, so that a flood from ever new addresses takes no more room than that.
struct AddressStripe {
    private struct Entry {
        var address: AddressGroup
        var connections = 0
        var bucket = TokenBucket()
        var failures = 0
        /// Of the first failure that counts. Milliseconds.
        var failingSince: UInt64 = 0
        /// Zero: never was. Milliseconds.
        var bannedUntil: UInt64 = 0
        /// When that began, by which failure, and where.
        var bannedAt: UInt64 = 0
        var bannedFor = 0
        var reason = ""
        var listener: String?
        var bans = 0
        /// Neighbours among those without connections; -1: none.
        var older = -1
        var newer = -1
    }

    /// Why an address failed, and on which listener if that is known.
    struct Failure {
        var reason: String
        var listener: String?
    }

    private let maximumIdle: Int
    /// Bans by operators. They are never forgotten for others' sake, so there are no more of them than ``maximumIdle``.
    private var placed: [AddressGroup: Ban] = [:]
    private var slots: [AddressGroup: Int] = [:]
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var oldest = -1
    private var newest = -1
    private var idle = 0
    private(set) var refused = [UInt64](repeating: 0, count: AdmissionRefusal.allCases.count)
    private(set) var failures: UInt64 = 0
    private(set) var bans: UInt64 = 0

    init(maximumIdle: Int) { self.maximumIdle = maximumIdle }

    mutating func admit(_ address: AddressGroup, _ settings: AdmissionSettings, now: UInt64) -> AdmissionRefusal? {
        if self.isPlaced(address, now: now) {
            self.refused[Int(AdmissionRefusal.banned.rawValue)] += 1
            return .banned
        }
        let slot = self.take(address)
        let refusal = Self.refusal(&self.entries[slot], settings, now: now)
        if let refusal {
            self.refused[Int(refusal.rawValue)] += 1
        } else {
            self.entries[slot].connections += 1
        }
        self.putBack(slot)
        return refusal
    }

    private static func refusal(_ entry: inout Entry, _ settings: AdmissionSettings, now: UInt64) -> AdmissionRefusal? {
        if settings.banFailures > 0, now < entry.bannedUntil { return .banned }
        if settings.maximumPerAddress > 0, entry.connections >= settings.maximumPerAddress { return .addressFull }
        if let rate = settings.addressRate, !entry.bucket.take(rate, now: now) { return .rate }
        return nil
    }

    /// - Parameter wasRefused: The listener did not let it in after all, so that nothing has happened.
    mutating func left(_ address: AddressGroup, wasRefused: Bool) {
        guard self.slots[address] != nil else { return }
        let slot = self.take(address)
        self.entries[slot].connections = max(0, self.entries[slot].connections - 1)
        if wasRefused { self.entries[slot].bucket.giveBack() }
        self.putBack(slot)
    }

    /// - Returns: The ban that this failure has brought.
    mutating func failed(
        _ address: AddressGroup,
        _ failure: Failure,
        _ settings: AdmissionSettings,
        now: UInt64
    ) -> Ban? {
        self.failures += 1
        let slot = self.take(address)
        defer { self.putBack(slot) }
        // Connections that were open when the ban began may go on failing: it is not theirs to make it longer.
        if now < self.entries[slot].bannedUntil { return nil }
        if self.entries[slot].failures == 0 || now >= self.entries[slot].failingSince + settings.banWindow {
            (self.entries[slot].failures, self.entries[slot].failingSince) = (0, now)
        }
        self.entries[slot].failures += 1
        guard self.entries[slot].failures >= settings.banFailures else { return nil }
        self.bans += 1
        // Who kept quiet for as long as the longest ban lasts begins anew.
        let longest = settings.banDuration << AddressStripe.doublings
        if now >= self.entries[slot].bannedUntil + longest { self.entries[slot].bans = 0 }
        let duration = settings.banDuration << UInt64(min(self.entries[slot].bans, AddressStripe.doublings))
        self.entries[slot].bans += 1
        (self.entries[slot].bannedAt, self.entries[slot].bannedUntil) = (now, now + duration)
        (self.entries[slot].reason, self.entries[slot].listener) = (
            String(failure.reason.prefix(200)), failure.listener
        )
        self.entries[slot].bannedFor = self.entries[slot].failures
        self.entries[slot].failures = 0
        return Self.ban(self.entries[slot])
    }

    /// The longest ban is eight times the first.
    private static let doublings = 3

    // MARK: Bans by operators

    /// - Returns: Whether there was room.
    mutating func place(_ ban: Ban) -> Bool {
        if self.placed.count >= self.maximumIdle { self.placed = self.placed.filter { ban.since < $0.value.until } }
        guard self.placed[ban.address] != nil || self.placed.count < self.maximumIdle else { return false }
        self.placed[ban.address] = ban
        return true
    }

    func isPlaced(_ address: AddressGroup, now: UInt64) -> Bool {
        !self.placed.isEmpty && self.placed[address].map { now < $0.until } ?? false
    }

    // MARK: Bans of either kind

    /// - Parameter ofFailures: Whether bans for failures are in force.
    func ban(of address: AddressGroup, ofFailures: Bool, now: UInt64) -> Ban? {
        if let ban = self.placed[address], now < ban.until { return ban }
        guard ofFailures, let slot = self.slots[address], now < self.entries[slot].bannedUntil else { return nil }
        return Self.ban(self.entries[slot])
    }

    /// - Returns: Whether it was banned.
    mutating func unban(_ address: AddressGroup, now: UInt64) -> Bool {
        let wasPlaced = self.placed.removeValue(forKey: address).map { now < $0.until } ?? false
        guard let slot = self.slots[address], now < self.entries[slot].bannedUntil else { return wasPlaced }
        (self.entries[slot].bannedUntil, self.entries[slot].bans, self.entries[slot].failures) = (0, 0, 0)
        return true
    }

    /// Each address once: an operator's ban stands before its own.
    func banned(ofFailures: Bool, now: UInt64) -> [Ban] {
        let placed = self.placed.values.filter { now < $0.until }
        guard ofFailures else { return placed }
        return placed
            + self.slots.values.filter {
                now < self.entries[$0].bannedUntil && !self.isPlaced(self.entries[$0].address, now: now)
            }
            .map { Self.ban(self.entries[$0]) }
    }

    var addresses: Int { self.slots.count }
    var connections: Int { self.slots.values.reduce(0) { $0 + self.entries[$1].connections } }

    private static func ban(_ entry: Entry) -> Ban {
        Ban(
            address: entry.address,
            source: .failures,
            since: entry.bannedAt,
            until: entry.bannedUntil,
            failures: entry.bannedFor,
            count: entry.bans,
            reason: entry.reason,
            listener: entry.listener
        )
    }

    // MARK: Slots

    /// The address's slot, outside of the list of the quiet ones; a new one for an address that is not known.
    private mutating func take(_ address: AddressGroup) -> Int {
        if let slot = self.slots[address] {
            if self.entries[slot].connections == 0 { self.unlink(slot) }
            return slot
        }
        let slot: Int
        if let last = self.free.popLast() {
            slot = last
            self.entries[slot] = Entry(address: address)
        } else {
            slot = self.entries.count
            self.entries.append(Entry(address: address))
        }
        self.slots[address] = slot
        return slot
    }

    private mutating func putBack(_ slot: Int) {
        guard self.entries[slot].connections == 0 else { return }
        self.entries[slot].older = self.newest
        self.entries[slot].newer = -1
        if self.newest >= 0 { self.entries[self.newest].newer = slot } else { self.oldest = slot }
        self.newest = slot
        self.idle += 1
        guard self.idle > self.maximumIdle else { return }
        let oldest = self.oldest
        self.unlink(oldest)
        self.slots[self.entries[oldest].address] = nil
        self.free.append(oldest)
    }

    private mutating func unlink(_ slot: Int) {
        let (older, newer) = (self.entries[slot].older, self.entries[slot].newer)
        if older >= 0 { self.entries[older].newer = newer } else { self.oldest = newer }
        if newer >= 0 { self.entries[newer].older = older } else { self.newest = older }
        self.idle -= 1
    }
}
