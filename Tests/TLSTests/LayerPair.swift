import Machine
import TLS

/// A client's and a server's layer, and the bytes between them.
final class LayerPair {
    let client: TLSLayer
    let server: TLSLayer
    private(set) var clientFailure: LayerFailure?
    private(set) var serverFailure: LayerFailure?
    private(set) var atClient: [UInt8] = []
    private(set) var atServer: [UInt8] = []
    /// On their way.
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    private var hasStarted = false

    init(_ client: TLSLayer, _ server: TLSLayer) {
        self.client = client
        self.server = server
    }

    /// Carries bytes until both have nothing more to say, `step` at a time.
    @discardableResult
    func run(step: Int = .max) -> LayerPair {
        if !self.hasStarted {
            self.hasStarted = true
            do { try self.client.start(down: &self.toServer) } catch { self.clientFailure = error }
        }
        while !self.toServer.isEmpty || !self.toClient.isEmpty {
            let forServer = Array(self.toServer.prefix(step))
            self.toServer.removeFirst(forServer.count)
            if !forServer.isEmpty, self.serverFailure == nil {
                do { try self.server.received(forServer.span, up: &self.atServer, down: &self.toClient) } catch {
                    self.serverFailure = error
                }
            }
            let forClient = Array(self.toClient.prefix(step))
            self.toClient.removeFirst(forClient.count)
            if !forClient.isEmpty, self.clientFailure == nil {
                do { try self.client.received(forClient.span, up: &self.atClient, down: &self.toServer) } catch {
                    self.clientFailure = error
                }
            }
        }
        return self
    }

    var areOpen: Bool {
        self.client.isOpen && self.server.isOpen && self.clientFailure == nil && self.serverFailure == nil
    }

    func clientSends(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try self.client.send($0, down: &self.toServer) }
    }

    func serverSends(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try self.server.send($0, down: &self.toClient) }
    }

    func clientCloses() { self.client.close(down: &self.toServer) }
    func serverCloses() { self.server.close(down: &self.toClient) }

    /// Changes a byte that is on its way to the server.
    func damage(at index: Int) { self.toServer[index] ^= 0xFF }

    /// A layer is asked once, as a pipe does.
    private(set) lazy var serverFacts: TLSFacts? = {
        var facts = StreamFacts(remote: .ipv4(0x7F00_0001, port: 1))
        self.server.describe(&facts)
        return facts.tls
    }()
}

/// A CA, a server of it called localhost, and what to change about either side.
struct TestSite {
    let certificates: TestCertificates
    let authority: TestCertificates.Issued
    let localhost: TestCertificates.Issued
    var server: TLSServerSettings
    var client: TLSClientSettings

    init() throws {
        self.certificates = try TestCertificates()
        self.authority = try self.certificates.authority()
        self.localhost = try self.certificates.server(by: self.authority)
        self.server = TLSServerSettings(certificate: self.localhost.files)
        self.client = TLSClientSettings(serverName: "localhost")
        self.client.caFile = self.authority.files.certificate
    }

    /// The server demands certificates, and the client has this one.
    mutating func demandCertificates(_ shown: TestCertificates.Issued?) {
        self.server.clientAuthentication = .required
        self.server.clientCAFile = self.authority.files.certificate
        self.client.certificate = shown?.files
    }

    func makeServer() throws -> TLSServer { try TLSServer(self.server) }
    func makeClient() throws -> TLSLayer { try TLSClientContext(self.client).makeLayer() }

    /// Both in a handshake as far as it goes.
    func meet(step: Int = .max) throws -> LayerPair {
        let server = TLSServer(try TLSServerContext(self.server, checksDates: false))
        let client = try TLSClientContext(self.client, checksDates: false)
        return LayerPair(client.makeLayer(), server.makeLayer()).run(step: step)
    }
}
