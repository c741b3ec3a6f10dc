import Bytes
package import Machine
import ProxyWire

/// The lowest layer of a stream from a proxy: requires a PROXY header, and takes the client's address from it.
///
/// For sources that an operator trusts, and for these always: a header that is looked for only when it seems to be there lets
/// every client say that it is another one. Source: proxy-protocol.txt §5.
package final class ProxyLayer: StreamLayer {
    private var header: ProxyHeader?
    /// Bytes of a header that is not whole yet; ``ProxyHeader/maximumLength`` bounds them.
    private var begun: [UInt8] = []

    package override init() { super.init() }

    package override var isOpen: Bool { self.header != nil }
    package override var namesRemote: Bool { true }

    package override func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) throws(LayerFailure) {
        if self.isOpen { return try super.received(bytes, up: &up, down: &down) }
        let begun = self.begun + bytes.copied()
        self.begun = []
        do {
            if let header = try ProxyHeader.read(begun.span) {
                self.header = header
                up.append(contentsOf: begun[header.length...])
            } else {
                self.begun = begun
            }
        } catch {
            // Not the peer's fault: whoever bans its address bans everybody behind the proxy.
            throw LayerFailure("\(error); its address is in proxy_from, so one is required", isPeersFault: false)
        }
    }

    package override func describe(_ facts: inout StreamFacts) {
        guard let source = self.header?.source else { return }
        let proxy = facts.remote
        switch source {
        case .proxyItself: break  // or somebody it does not name: nobody is local behind a proxy
        case .unix: facts.remote = .unix(nil)
        case .ip(let address, let port):
            switch address.unmapped {
            case .v4(let address): facts.remote = .ipv4(address, port: port)
            case .v6(let high, let low): facts.remote = .ipv6(high, low, port: port)
            }
        }
        facts.proxy = proxy
    }
}
