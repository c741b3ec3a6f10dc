import AdminAPI
import Admission
import HTTP
import Query
import RPC

/// Addresses that are turned away. The table is shared by all loops, and read from here.
extension BrokerBackend {
    private func row(_ ban: Ban) -> AdminV1.Ban {
        var row = AdminV1.Ban()
        row.id = "\(ban.address)"
        row.sinceAt = self.clock.time(at: ban.since)
        row.endsAt = self.clock.time(at: ban.until)
        row.source = ban.source.rawValue
        row.failures = UInt64(ban.failures)
        row.reason = ban.reason
        row.listener = ban.listener ?? ""
        row.inARow = UInt32(ban.count)
        row.version = "\(ban.source.rawValue)-\(String(ban.until, radix: 36))"
        return row
    }

    func scanBans(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        var scan = scan
        self.inSlices(self.admission.bans(now: self.timers.now)) { ban in
            let row = self.row(ban)
            scan.visit(RowKey(text: row.id), row)
        } _: {
            answer(scan)
        }
    }

    func bans(_ keys: [RowKey]) -> [AdminV1.Row] { keys.compactMap { self.banRow(named: $0.text) } }

    /// - Parameter name: The address, or any of an IPv6 client's block.
    func banRow(named name: String) -> AdminV1.Row? {
        guard let address = AddressGroup(name), let ban = self.admission.ban(of: address, now: self.timers.now) else {
            return nil
        }
        return AdminV1.Row(.ban(self.row(ban)))
    }

    // MARK: Changes

    func liftBans(_ ids: [String], _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void) {
        let now = self.timers.now
        let lifted = ids.filter { AddressGroup($0).map { self.admission.unban($0, now: now) } ?? false }
        self.later { answer(.success(Self.done("lifted", .ban, lifted))) }
    }

    func addBan(
        _ request: AdminV1.DoRequest,
        isRehearsal: Bool,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        let result = Result { () throws(RPCError) in try self.addedBan(request, isRehearsal: isRehearsal) }
        self.later { answer(result) }
    }

    private func addedBan(_ request: AdminV1.DoRequest, isRehearsal: Bool) throws(RPCError) -> AdminV1.DoResponse {
        guard let address = AddressGroup(request.id) else {
            throw RPCError(.invalidArgument, "add takes an address as id: 192.0.2.7 or 2001:db8::1")
        }
        guard let duration = request.arguments["for_ms"].flatMap({ UInt64($0) }), duration > 0,
            duration <= AdmissionTable.longestBan
        else {
            throw RPCError(.invalidArgument, "add takes the argument for_ms: milliseconds, ten years at most")
        }
        let loopback = RPCError(
            .failedPrecondition,
            "\(address) is loopback, which is never banned: behind it may be everybody on this machine, and a proxy besides"
        )
        if address.isLoopback { throw loopback }
        if !isRehearsal {
            do throws(BanRefusal) {
                try self.admission.ban(address, for: duration, reason: request.reason, now: self.timers.now)
            } catch {
                switch error {
                case .loopback: throw loopback
                case .full: throw RPCError(.resourceExhausted, "there are as many bans as are kept; lift some first")
                }
            }
        }
        var response = AdminV1.DoResponse()
        response.affected = 1
        response.ids = ["\(address)"]
        response.message =
            "\(isRehearsal ? "would ban" : "banned") \(address) for \(duration / 1_000) s; connections that are open stay"
        return response
    }
}
