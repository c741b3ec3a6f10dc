package import Bytes
package import Machine
import TLS
import WebSocketLayer

/// What lies between a client's socket and MQTT: nothing, TLS, WebSocket, or WebSocket in TLS.
///
/// One is made for all connections of a client, so that a later one resumes the TLS session of an earlier.
package struct ClientTransport: Sendable {
    private let tls: TLSClientContext?
    private let host: String
    private let webSocketPath: String?

    /// - Throws: `.invalid` when a file of the configuration cannot be used, with its name and what to do.
    package init(_ configuration: MQTTClientConfiguration) throws(MQTTClientError) {
        do throws(TLSError) {
            self.tls = try configuration.tls.map { tls throws(TLSError) in
                try TLSClientContext(tls.settings(host: configuration.host))
            }
        } catch {
            throw .invalid(error.description)
        }
        let isDefaultPort = configuration.port == (configuration.tls == nil ? 80 : 443)
        let name = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        self.host = isDefaultPort ? name : "\(name):\(configuration.port)"
        self.webSocketPath = configuration.webSocketPath
    }

    /// Layers for a new connection; nil when MQTT stands on the socket itself.
    package func makePipe(scratch: LayerScratch, pool: ChunkPool) -> LayerPipe? {
        var layers: [StreamLayer] = []
        if let tls { layers.append(tls.makeLayer()) }
        if let webSocketPath { layers.append(WebSocketClientLayer(host: self.host, path: webSocketPath)) }
        // Nothing asks a client's pipe for the server's address.
        return layers.isEmpty ? nil : LayerPipe(layers, remote: .unix(nil), scratch: scratch, pool: pool)
    }

    /// What the pipe is about to open, for people.
    package func opening(_ pipe: LayerPipe) -> String {
        self.tls != nil && pipe.facts.tls == nil ? "TLS" : "WebSocket"
    }

    /// Why a pipe that never carried an answer of the broker is of no use.
    package func failure(of pipe: LayerPipe, _ end: LayerPipe.End) -> MQTTClientError {
        let isTLS = self.tls != nil && (self.webSocketPath == nil || pipe.facts.tls == nil)
        return isTLS ? .tls(end.words) : .unreachable(end.words)
    }
}

extension LayerPipe.End {
    package var words: String {
        switch self {
        case .failed(let failure): failure.reason
        case .refused(let refusal): "\(refusal)"
        }
    }
}

extension MQTTTLS {
    fileprivate func settings(host: String) -> TLSClientSettings {
        var settings = TLSClientSettings(serverName: self.serverName ?? host)
        settings.caFile = self.caFile
        settings.certificate = self.certificateFile.map {
            TLSCertificateFiles(certificate: $0, key: self.keyFile ?? $0)
        }
        settings.isInsecure = self.isInsecure
        return settings
    }
}
