import Synchronization

/// A listener's TLS as its layers come from it. What it is made from can be exchanged while it runs.
package final class TLSServer: Sendable {
    private let context: Mutex<TLSServerContext>

    package init(_ context: TLSServerContext) { self.context = Mutex(context) }

    package convenience init(_ settings: TLSServerSettings) throws(TLSError) {
        self.init(try TLSServerContext(settings))
    }

    package var current: TLSServerContext { self.context.withLock { $0 } }

    /// Loads all files again. Connections that are there live on with what they have; after an error so do new ones.
    package func reload() throws(TLSError) { try self.reload(self.current.settings) }

    package func reload(_ settings: TLSServerSettings) throws(TLSError) {
        self.exchange(try TLSServerContext(settings))
    }

    /// For a caller that loads several listeners and exchanges all or none.
    package func exchange(_ context: TLSServerContext) { self.context.withLock { $0 = context } }

    package func makeLayer() -> TLSLayer { TLSLayer(.server(self.current)) }
}
