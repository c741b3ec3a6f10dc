import CNGHTTP2
import HTTP

/// What nghttp2 tells of one connection. All but ``fill(_:_:)``, ``sentEnd(of:)``, ``didNotSend(on:)`` and ``closed(_:code:)``
/// come from inside ``Session/receive(_:)``; new frames may be submitted in each of them, but no other call be made.
protocol SessionEvents: AnyObject {
    func beganHeaders(on stream: Int32, opens: Bool)
    func received(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, on stream: Int32)
    func receivedHeaders(on stream: Int32, ends: Bool)
    func received(_ data: Span<UInt8>, on stream: Int32)
    func receivedEnd(of stream: Int32)
    func receivedPong(_ payload: UInt64)
    func receivedGoAway()
    /// The next bytes of a body.
    func fill(_ stream: Int32, _ target: UnsafeMutableRawBufferPointer) -> BodyPart
    /// A frame that ends our side of a stream is on its way, and the peer's side is open.
    func sentEnd(of stream: Int32)
    /// A response or trailers could not be made into a frame.
    func didNotSend(on stream: Int32)
    func closed(_ stream: Int32, code: UInt32)
}

enum BodyPart {
    case bytes(Int)
    /// Nothing yet: ``Session/resume(_:)`` asks again.
    case none
    /// The last bytes; the stream ends with them, or with the trailers.
    case last(Int, trailers: HTTPFields)
}

/// nghttp2's session: handles are types here, error codes errors. The only class that knows the library.
final class Session {
    enum Role { case server, client }

    private let raw: OpaquePointer
    private let role: Role
    weak var events: (any SessionEvents)?
    /// What the library said last of a peer's mistake.
    private(set) var complaint = ""

    init(_ role: Role, _ settings: HTTP2Settings) {
        self.role = role
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        var session: OpaquePointer?
        check(nghttp2_session_callbacks_new(&callbacks))
        check(nghttp2_option_new(&options))
        Session.setCallbacks(callbacks)
        // Room is given back by those who used the bytes, so that who does not holds up the peer and not our memory.
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        // The library counts a CONTINUATION once for each piece that its nine bytes of head come in: its limit of eight would
        // fail an honest peer on a slow line.
        nghttp2_option_set_max_continuations(options, 128)
        switch role {
        case .server:
            nghttp2_option_set_stream_reset_rate_limit(options, settings.resetBurst, settings.resetsPerSecond)
            check(nghttp2_session_server_new2(&session, callbacks, nil, options))
        case .client: check(nghttp2_session_client_new2(&session, callbacks, nil, options))
        }
        nghttp2_option_del(options)
        nghttp2_session_callbacks_del(callbacks)
        guard let session else { preconditionFailure("nghttp2 made no session") }
        self.raw = session
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        self.announce(settings)
    }

    deinit { nghttp2_session_del(self.raw) }

    private func announce(_ settings: HTTP2Settings) {
        var entries = [
            Session.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(settings.streamWindow)),
            Session.entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(settings.headerListLimit)),
            Session.entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        switch self.role {
        case .server:
            entries.append(Session.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.concurrentStreams))
        case .client: entries.append(Session.entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        check(nghttp2_submit_settings(self.raw, 0, entries, entries.count))
        check(nghttp2_session_set_local_window_size(self.raw, 0, 0, settings.connectionWindow))
    }

    private static func entry(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
    }

    // MARK: Bytes

    func receive(_ bytes: Span<UInt8>) throws(HTTP2Error) {
        let result = bytes.withUnsafeBufferPointer { nghttp2_session_mem_recv(self.raw, $0.baseAddress, $0.count) }
        if result < 0 { throw self.error(Int32(result)) }
    }

    /// The next frame, in memory that is the library's until the next call; nil when there is none to send now.
    func nextFrame() throws(HTTP2Error) -> UnsafeBufferPointer<UInt8>? {
        var start: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(self.raw, &start)
        if count < 0 { throw self.error(Int32(count)) }
        return count == 0 ? nil : UnsafeBufferPointer(start: start, count: count)
    }

    private func error(_ code: Int32) -> HTTP2Error {
        switch nghttp2_error(code) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return .badPreface
        case NGHTTP2_ERR_FLOODED: return .flooded
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: return .tooManyContinuations
        default: return .session(String(cString: nghttp2_strerror(code)))
        }
    }

    var wantsRead: Bool { nghttp2_session_want_read(self.raw) != 0 }
    var wantsWrite: Bool { nghttp2_session_want_write(self.raw) != 0 }
    /// Frames that are made and not yet taken, without data that a window holds back.
    var queuedFrames: Int { nghttp2_session_get_outbound_queue_size(self.raw) }
    var lastStream: Int32 { nghttp2_session_get_last_proc_stream_id(self.raw) }

    // MARK: Streams. What a stream that is closing or gone does not take is of no interest any more.

    var takesRequests: Bool { nghttp2_session_check_request_allowed(self.raw) != 0 }

    /// - Returns: The stream's number; nil when no request can be made on this connection any more.
    func request(_ fields: [HTTPFields.Field], hasBody: Bool) -> Int32? {
        let number = withNameValues(fields) { start, count in
            withProvider(hasBody) { nghttp2_submit_request(self.raw, nil, start, count, $0, nil) }
        }
        return number > 0 ? number : nil
    }

    func respond(on stream: Int32, _ fields: [HTTPFields.Field], hasBody: Bool) {
        _ = withNameValues(fields) { start, count in
            withProvider(hasBody) { nghttp2_submit_response(self.raw, stream, start, count, $0) }
        }
    }

    /// There is something to ``SessionEvents/fill(_:_:)`` again.
    func resume(_ stream: Int32) { nghttp2_session_resume_data(self.raw, stream) }

    func reset(_ stream: Int32, code: UInt32) { nghttp2_submit_rst_stream(self.raw, 0, stream, code) }

    func consume(_ bytes: Int, on stream: Int32) { nghttp2_session_consume(self.raw, stream, bytes) }

    /// For bytes of a stream that is gone.
    func consume(_ bytes: Int) { nghttp2_session_consume_connection(self.raw, bytes) }

    fileprivate func trailers(on stream: Int32, _ fields: HTTPFields) {
        _ = withNameValues(fields.all) { start, count in nghttp2_submit_trailer(self.raw, stream, start, count) }
    }

    // MARK: The connection

    func ping(_ payload: UInt64) {
        withUnsafeBytes(of: payload.bigEndian) {
            _ = nghttp2_submit_ping(self.raw, 0, $0.bindMemory(to: UInt8.self).baseAddress)
        }
    }

    /// Says that the end is near, before the peer is told which of its streams still count.
    func announceGoAway() { nghttp2_submit_shutdown_notice(self.raw) }

    /// No new streams; the open ones go on.
    func goAway() { nghttp2_submit_goaway(self.raw, 0, self.lastStream, 0, nil, 0) }

    // MARK: Callbacks

    private static func setCallbacks(_ table: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, me in
            guard let frame = frame?.pointee else { return 0 }
            let opens = frame.headers.cat == NGHTTP2_HCAT_REQUEST
            session(me).events?.beganHeaders(on: frame.hd.stream_id, opens: opens)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(table) { _, frame, name, nameCount, value, valueCount, _, me in
            guard let frame = frame?.pointee else { return 0 }
            session(me).events?
                .received(
                    UnsafeBufferPointer(start: name, count: nameCount),
                    UnsafeBufferPointer(start: value, count: valueCount),
                    on: frame.hd.stream_id
                )
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, me in
            if let frame { session(me).received(frame.pointee) }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) { _, _, stream, start, count, me in
            let bytes = UnsafeBufferPointer(start: start, count: count)
            session(me).events?.received(Span(_unsafeElements: bytes), on: stream)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(table) { _, frame, me in
            if let frame { session(me).sent(frame.pointee) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(table) { _, frame, code, me in
            guard let frame = frame?.pointee, frame.hd.type == UInt8(NGHTTP2_HEADERS.rawValue) else { return 0 }
            // A request that was not sent is closed by the library, and a closed stream wants nothing.
            if frame.headers.cat == NGHTTP2_HCAT_REQUEST || nghttp2_error(code) == NGHTTP2_ERR_STREAM_CLOSED {
                return 0
            }
            session(me).events?.didNotSend(on: frame.hd.stream_id)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(table) { _, stream, code, me in
            session(me).events?.closed(stream, code: code)
            return 0
        }
        nghttp2_session_callbacks_set_error_callback2(table) { _, _, text, count, me in
            let bytes = UnsafeRawBufferPointer(start: text, count: count)
            session(me).complaint = String(decoding: bytes, as: UTF8.self)
            return 0
        }
    }

    private func received(_ frame: nghttp2_frame) {
        let stream = frame.hd.stream_id
        let ends = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch nghttp2_frame_type(UInt32(frame.hd.type)) {
        case NGHTTP2_HEADERS: self.events?.receivedHeaders(on: stream, ends: ends)
        case NGHTTP2_DATA: if ends { self.events?.receivedEnd(of: stream) }
        case NGHTTP2_PING where frame.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0:
            let payload = withUnsafeBytes(of: frame.ping.opaque_data) { $0.loadUnaligned(as: UInt64.self) }
            self.events?.receivedPong(UInt64(bigEndian: payload))
        case NGHTTP2_GOAWAY: self.events?.receivedGoAway()
        default: break
        }
    }

    private func sent(_ frame: nghttp2_frame) {
        let type = nghttp2_frame_type(UInt32(frame.hd.type))
        guard type == NGHTTP2_HEADERS || type == NGHTTP2_DATA,
            frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
            nghttp2_session_get_stream_remote_close(self.raw, frame.hd.stream_id) == 0
        else { return }
        self.events?.sentEnd(of: frame.hd.stream_id)
    }

    fileprivate func fill(_ stream: Int32, _ target: UnsafeMutableRawBufferPointer, _ flags: inout UInt32) -> Int {
        switch self.events?.fill(stream, target) ?? .none {
        case .bytes(let count): return count
        case .none: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .last(let count, let trailers):
            flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if !trailers.all.isEmpty {
                flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                self.trailers(on: stream, trailers)
            }
            return count
        }
    }
}

@available(*, unavailable)
extension Session: Sendable {}

/// The session lives as long as the library's, which calls with it.
private func session(_ user: UnsafeMutableRawPointer?) -> Session {
    guard let user else { preconditionFailure("nghttp2 lost its session") }
    return Unmanaged<Session>.fromOpaque(user).takeUnretainedValue()
}

/// For calls that fail for want of memory only.
private func check(_ result: Int32) {
    precondition(result == 0, "nghttp2: \(String(cString: nghttp2_strerror(result)))")
}

private func withProvider<Result>(_ isWanted: Bool, _ body: (UnsafePointer<nghttp2_data_provider>?) -> Result) -> Result
{
    if !isWanted { return body(nil) }
    var provider = nghttp2_data_provider()
    provider.read_callback = { _, stream, start, count, flags, _, me in
        guard let flags else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        return session(me).fill(stream, UnsafeMutableRawBufferPointer(start: start, count: count), &flags.pointee)
    }
    return body(&provider)
}

/// Fields as the library takes them; it copies them before it returns.
private func withNameValues<Result>(
    _ fields: [HTTPFields.Field],
    _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
) -> Result {
    var text: [UInt8] = []
    var lengths: [(name: Int, value: Int)] = []
    for field in fields {
        text += field.name.utf8
        let value = fieldValue(field.value)
        text += value
        lengths.append((field.name.utf8.count, value.count))
    }
    return text.withUnsafeMutableBufferPointer { text in
        var start = text.baseAddress
        var pairs: [nghttp2_nv] = []
        for (field, length) in zip(fields, lengths) {
            var pair = nghttp2_nv()
            (pair.name, pair.namelen) = (start, length.name)
            start = start?.advanced(by: length.name)
            (pair.value, pair.valuelen) = (start, length.value)
            start = start?.advanced(by: length.value)
            // A secret in the table of fields could be guessed by its effect on sizes. Source: RFC 7541 §7.1.3.
            if field.name == "authorization" { pair.flags = UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) }
            pairs.append(pair)
        }
        return body(pairs, pairs.count)
    }
}

/// A value that every peer takes: no control characters, no blanks around it. Source: RFC 9113 §8.2.1.
private func fieldValue(_ text: String) -> ArraySlice<UInt8> {
    let bytes = text.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: " ") }
    guard let first = bytes.firstIndex(where: { $0 != UInt8(ascii: " ") }),
        let last = bytes.lastIndex(where: { $0 != UInt8(ascii: " ") })
    else { return [] }
    return bytes[first...last]
}
