/// Which name of a verified client certificate is the user's name. Values as `certificate_identity` in fluxd.yaml has them.
package enum CertificateIdentity: String, CaseIterable, Sendable {
    /// The certificate lets a client connect, and says nothing about who it is.
    case none
    /// The last CN of the subject.
    case commonName = "common_name"
    /// The whole subject, as RFC 2253 writes it: `CN=sensor-7,O=Example`.
    case subject
    /// The first DNS name among the alternative names.
    case dns
    /// The first URI among them: `spiffe://example/sensor-7`.
    case uri
}

/// How clients log in at one listener.
package struct ListenerLogin: Equatable, Sendable {
    package var allowsAnonymous: Bool
    package var certificateIdentity: CertificateIdentity

    package init(allowsAnonymous: Bool, certificateIdentity: CertificateIdentity = .none) {
        self.allowsAnonymous = allowsAnonymous
        self.certificateIdentity = certificateIdentity
    }
}

/// Which listeners, users and rules there are. Paths are those of `auth.password_file` and `auth.acl_file`; nil for none.
package struct SecuritySettings: Equatable, Sendable {
    /// By listener index.
    package var listeners: [ListenerLogin]
    package var passwordFile: String?
    package var aclFile: String?

    package init(listeners: [ListenerLogin], passwordFile: String? = nil, aclFile: String? = nil) {
        self.listeners = listeners
        self.passwordFile = passwordFile
        self.aclFile = aclFile
    }
}

/// A file of users or rules that cannot be used.
package struct SecurityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The key of fluxd.yaml that names the file: `auth.acl_file`.
    package let key: String
    /// With the file, the line and what is wrong; a line for each problem.
    package let description: String

    package init(key: String, _ description: String) {
        self.key = key
        self.description = description
    }
}
