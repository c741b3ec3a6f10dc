import COpenSSL
import Machine

/// What is wrong with a peer's certificate, in words for a log or a terminal.
enum CertificateProblem {
    /// - Parameter verification: OpenSSL's X509_STORE_CTX, while it calls back.
    static func words(_ verification: OpaquePointer, _ side: TLSSide) -> LayerFailure {
        let code = X509_STORE_CTX_get_error(verification)
        guard let certificate = X509_STORE_CTX_get_current_cert(verification) else {
            return LayerFailure("the \(self.peer(side))'s certificate: \(self.openSSL(code))")
        }
        let depth = X509_STORE_CTX_get_error_depth(verification)
        let who = self.name(certificate, depth, side)
        let issuer = clipped(X509.issuer(certificate))
        if let ours = self.listProblem(code, verification, issuer, side) {
            return LayerFailure(ours, isPeersFault: false)
        }
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return LayerFailure("\(who) expired on \(TLSDate.text(X509.notAfter(certificate)))")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return LayerFailure("\(who) is not valid before \(TLSDate.text(X509.notBefore(certificate)))")
        case X509_V_ERR_CERT_REVOKED: return LayerFailure("\(who) was revoked")
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return LayerFailure("\(who) is self-signed and not in \(self.trusted(side))")
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return LayerFailure("\(who), which the chain ends at, is not in \(self.trusted(side))")
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return LayerFailure("\(who) was issued by '\(issuer)', who is not in \(self.trusted(side))")
        case X509_V_ERR_CERT_SIGNATURE_FAILURE: return LayerFailure("\(who) was not signed by '\(issuer)'")
        case X509_V_ERR_INVALID_PURPOSE:
            return LayerFailure("\(who) was not made for \(self.peer(side))s, its extended key usage says")
        case X509_V_ERR_INVALID_CA: return LayerFailure("\(who) is no CA's, yet issued another")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let hosts = X509.hosts(certificate).prefix(8).joined(separator: ", ")
            let wanted = self.wantedName(side)
            return LayerFailure("\(who) is for \(hosts.isEmpty ? "nobody" : clipped(hosts)) and not for \(wanted)")
        case X509_V_ERR_CERT_CHAIN_TOO_LONG:
            return LayerFailure("the \(self.peer(side))'s chain has more than \(TLSDefaults.maximumDepth) issuers")
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
            return LayerFailure("\(who) is too weak: \(self.openSSL(code))")
        default: return LayerFailure("\(who): \(self.openSSL(code))")
        }
    }

    /// What is wrong with our revocation lists and not with the peer.
    private static func listProblem(
        _ code: Int32,
        _ verification: OpaquePointer,
        _ issuer: String,
        _ side: TLSSide
    ) -> String? {
        let file =
            switch side {
            case .server(let server): server.settings.revocationListFile ?? "crl_file"
            case .client(let client): client.settings.revocationListFile ?? "the CRL file"
            }
        let list = X509_STORE_CTX_get0_current_crl(verification)
        switch code {
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
            return "there is no revocation list of '\(issuer)' in \(file)"
        case X509_V_ERR_CRL_HAS_EXPIRED:
            let end = list.map { TLSDate.text(TLSDate.seconds(X509_CRL_get0_nextUpdate($0))) } ?? "an earlier day"
            return "the revocation list of '\(issuer)' in \(file) expired on \(end)"
        case X509_V_ERR_CRL_NOT_YET_VALID: return "the revocation list of '\(issuer)' in \(file) is not valid yet"
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
            return "the revocation list in \(file) was not signed by '\(issuer)'"
        default: return nil
        }
    }

    private static func name(_ certificate: OpaquePointer, _ depth: Int32, _ side: TLSSide) -> String {
        let subject = clipped(X509.subject(certificate))
        if depth > 0 { return "the issuing certificate '\(subject)'" }
        // Who asked for a server knows which; a listener's log has to tell one client from another.
        return side.isServer ? "the client's certificate '\(subject)'" : "the server's certificate"
    }

    private static func peer(_ side: TLSSide) -> String { side.isServer ? "client" : "server" }

    private static func trusted(_ side: TLSSide) -> String {
        switch side {
        case .server(let server): server.settings.clientCAFile ?? "ca_file"
        case .client(let client): client.trusted
        }
    }

    private static func wantedName(_ side: TLSSide) -> String {
        if case .client(let client) = side { client.settings.serverName } else { "this listener" }
    }

    private static func openSSL(_ code: Int32) -> String {
        X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
    }
}

/// Names in a certificate nobody has verified can be as long as a handshake allows.
func clipped(_ text: String) -> String {
    text.unicodeScalars.count <= 128 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(128))) + "..."
}
