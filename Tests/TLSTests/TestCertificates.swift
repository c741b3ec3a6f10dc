import COpenSSL
import Glibc
import TLS

/// A directory of certificates for one test, removed with it.
final class TestCertificates {
    /// One certificate, and what issues others in its name.
    final class Issued {
        let files: TLSCertificateFiles
        fileprivate let certificate: OpaquePointer
        fileprivate let key: OpaquePointer

        fileprivate init(_ files: TLSCertificateFiles, _ certificate: OpaquePointer, _ key: OpaquePointer) {
            self.files = files
            self.certificate = certificate
            self.key = key
        }

        deinit {
            X509_free(self.certificate)
            EVP_PKEY_free(self.key)
        }
    }

    enum Key {
        case p256
        case rsa(bits: Int32)
    }

    struct Options {
        /// As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
        var names: String?
        var isCA = false
        /// `serverAuth`, `clientAuth`.
        var usage: String?
        var notBefore = "20200101000000Z"
        var notAfter = "21000101000000Z"
        var key = Key.p256
    }

    let directory: String
    private var nextSerial = 0x1000

    init() throws {
        var template = Array("/tmp/fluxmq-tls-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp") }
        self.directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let handle = opendir(self.directory) {
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(self.directory)/\(name)")
            }
            closedir(handle)
        }
        rmdir(self.directory)
    }

    func path(_ name: String) -> String { "\(self.directory)/\(name)" }

    func authority(_ name: String = "Test CA", by issuer: Issued? = nil) throws -> Issued {
        try self.issue(name, by: issuer, Options(isCA: true))
    }

    func server(_ name: String = "localhost", by issuer: Issued?, _ options: Options? = nil) throws -> Issued {
        try self.issue(name, by: issuer, options ?? Options(names: "DNS:\(name)", usage: "serverAuth"))
    }

    func client(_ name: String = "sensor-7", by issuer: Issued?) throws -> Issued {
        try self.issue(name, by: issuer, Options(usage: "clientAuth"))
    }

    /// Writes `NAME.SERIAL.pem` and its key, the issuer's chain behind the certificate; without an issuer it signs itself.
    func issue(_ name: String, by issuer: Issued?, _ options: Options) throws -> Issued {
        self.nextSerial += 1
        guard let key = Self.makeKey(options.key), let certificate = X509_new() else { throw TestFailure("new") }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), self.nextSerial)
        let subject = X509_get_subject_name(certificate)
        for (field, value) in [("O", "Example"), ("CN", name)] {
            X509_NAME_add_entry_by_txt(subject, field, MBSTRING_FLAG, Array(value.utf8), Int32(value.utf8.count), -1, 0)
        }
        X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0.certificate) } ?? subject)
        for (text, set) in [(options.notBefore, X509_set1_notBefore), (options.notAfter, X509_set1_notAfter)] {
            let time = ASN1_TIME_new()
            ASN1_TIME_set_string(time, text)
            _ = set(certificate, time)
            ASN1_STRING_free(time)
        }
        X509_set_pubkey(certificate, key)
        Self.extend(certificate, NID_basic_constraints, options.isCA ? "critical,CA:TRUE" : "CA:FALSE")
        Self.extend(certificate, NID_subject_key_identifier, "hash")
        if let names = options.names { Self.extend(certificate, NID_subject_alt_name, names) }
        if let usage = options.usage { Self.extend(certificate, NID_ext_key_usage, usage) }
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else { throw TestFailure("sign") }
        let base = self.path("\(name.filter { $0.isLetter || $0.isNumber }).\(self.nextSerial)")
        let files = TLSCertificateFiles(certificate: base + ".pem", key: base + ".key")
        var chain = collected { PEM_write_bio_X509($0, certificate) }
        if let issuer { chain += try read(issuer.files.certificate) }
        try write(chain, to: files.certificate)
        try write(collected { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }, to: files.key)
        return Issued(files, certificate, key)
    }

    /// A list of what `issuer` took back.
    func revocationList(
        _ revoked: [Issued],
        by issuer: Issued,
        signedBy signer: Issued? = nil,
        lastUpdate: String = "20200101000000Z",
        nextUpdate: String = "21000101000000Z",
        named name: String = "crl.pem"
    ) throws -> String {
        let list = X509_CRL_new()
        defer { X509_CRL_free(list) }
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer.certificate))
        for (text, set) in [(lastUpdate, X509_CRL_set1_lastUpdate), (nextUpdate, X509_CRL_set1_nextUpdate)] {
            let time = ASN1_TIME_new()
            ASN1_TIME_set_string(time, text)
            _ = set(list, time)
            ASN1_STRING_free(time)
        }
        for one in revoked {
            let entry = X509_REVOKED_new()
            let date = ASN1_TIME_set(nil, 1_600_000_000)
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.certificate))
            X509_REVOKED_set_revocationDate(entry, date)
            ASN1_STRING_free(date)
            X509_CRL_add0_revoked(list, entry)
        }
        guard X509_CRL_sign(list, (signer ?? issuer).key, EVP_sha256()) > 0 else { throw TestFailure("sign a CRL") }
        try write(collected { PEM_write_bio_X509_CRL($0, list) }, to: self.path(name))
        return self.path(name)
    }

    /// What a responder that is the issuer itself says of a certificate.
    func staple(
        for leaf: Issued,
        by issuer: Issued,
        status: Int32 = V_OCSP_CERTSTATUS_GOOD,
        nextUpdate: String = "21000101000000Z"
    ) throws -> String {
        let basic = OCSP_BASICRESP_new()
        defer { OCSP_BASICRESP_free(basic) }
        let id = OCSP_cert_to_id(nil, leaf.certificate, issuer.certificate)
        defer { OCSP_CERTID_free(id) }
        let (from, until) = (ASN1_TIME_set(nil, 1_577_836_800), ASN1_TIME_new())
        defer {
            ASN1_STRING_free(from)
            ASN1_STRING_free(until)
        }
        ASN1_GENERALIZEDTIME_set_string(until, nextUpdate)
        ASN1_TIME_to_generalizedtime(from, nil).map { generalized in
            let revoked = status == V_OCSP_CERTSTATUS_REVOKED ? generalized : nil
            OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_UNSPECIFIED, revoked, generalized, until)
            ASN1_STRING_free(generalized)
        }
        guard OCSP_basic_sign(basic, issuer.certificate, issuer.key, EVP_sha256(), nil, 0) == 1,
            let response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
        else { throw TestFailure("sign an OCSP response") }
        defer { OCSP_RESPONSE_free(response) }
        var der: UnsafeMutablePointer<UInt8>?
        let count = i2d_OCSP_RESPONSE(response, &der)
        try write(Array(UnsafeBufferPointer(start: der, count: Int(count))), to: self.path("staple.der"))
        shim_OPENSSL_free(der)
        return self.path("staple.der")
    }

    /// The key of a certificate again, under a passphrase.
    func encryptedKey(of issued: Issued) throws -> String {
        let phrase = Array("secret".utf8)
        let path = self.path("encrypted.key")
        let pem = collected {
            PEM_write_bio_PKCS8PrivateKey($0, issued.key, EVP_aes_128_cbc(), phrase.map { CChar($0) }, 6, nil, nil)
        }
        try write(pem, to: path)
        return path
    }

    private static func makeKey(_ kind: Key) -> OpaquePointer? {
        let context: OpaquePointer?
        switch kind {
        case .p256:
            context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
            EVP_PKEY_keygen_init(context)
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
        case .rsa(let bits):
            context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
            EVP_PKEY_keygen_init(context)
            EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits)
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        EVP_PKEY_keygen(context, &key)
        return key
    }

    private static func extend(_ certificate: OpaquePointer, _ kind: Int32, _ value: String) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        let made = X509V3_EXT_conf_nid(nil, &context, kind, value)
        X509_add_ext(certificate, made, -1)
        X509_EXTENSION_free(made)
    }
}

struct TestFailure: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

private func collected(_ body: (OpaquePointer?) -> Int32) -> [UInt8] {
    let memory = BIO_new(BIO_s_mem())
    defer { BIO_free(memory) }
    _ = body(memory)
    var bytes = [UInt8](repeating: 0, count: Int(shim_BIO_pending(memory)))
    BIO_read(memory, &bytes, Int32(bytes.count))
    return bytes
}

func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw TestFailure(path) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw TestFailure(path) }
}

func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw TestFailure(path) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
}
