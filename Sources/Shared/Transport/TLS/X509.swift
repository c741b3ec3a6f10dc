import COpenSSL

/// Reads what stands in a certificate. Pointers are lent for the call.
enum X509 {
    /// RFC 2253, in UTF-8: `CN=sensor-7,O=Example`.
    static func text(of name: OpaquePointer?) -> String {
        guard let name else { return "" }
        return String(
            decoding: collected { _ = X509_NAME_print_ex($0, name, 0, shim_XN_FLAG_RFC2253_UTF8) },
            as: UTF8.self
        )
    }

    static func subject(_ certificate: OpaquePointer) -> String { self.text(of: X509_get_subject_name(certificate)) }
    static func issuer(_ certificate: OpaquePointer) -> String { self.text(of: X509_get_issuer_name(certificate)) }
    static func notBefore(_ certificate: OpaquePointer) -> Int { TLSDate.seconds(X509_get0_notBefore(certificate)) }
    static func notAfter(_ certificate: OpaquePointer) -> Int { TLSDate.seconds(X509_get0_notAfter(certificate)) }

    /// The last CN of the subject.
    static func commonName(_ certificate: OpaquePointer) -> String? {
        let name = X509_get_subject_name(certificate)
        var index: Int32 = -1
        while true {
            let next = X509_NAME_get_index_by_NID(name, NID_commonName, index)
            if next < 0 { break }
            index = next
        }
        guard index >= 0, let entry = X509_NAME_get_entry(name, index), let data = X509_NAME_ENTRY_get_data(entry)
        else {
            return nil
        }
        var utf8: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&utf8, data)
        defer { shim_OPENSSL_free(utf8) }
        guard count >= 0, let utf8 else { return nil }
        return self.name(UnsafeBufferPointer(start: utf8, count: Int(count)))
    }

    struct AlternativeNames {
        var dns: [String] = []
        var uris: [String] = []
        var emails: [String] = []
        /// As people write them: `192.0.2.1`, `2001:db8::1` without shortening.
        var addresses: [String] = []
    }

    static func alternativeNames(_ certificate: OpaquePointer) -> AlternativeNames {
        var all = AlternativeNames()
        guard let names = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return all }
        let stack = OpaquePointer(names)
        defer { GENERAL_NAMES_free(stack) }
        for index in 0..<max(0, OPENSSL_sk_num(stack)) {
            guard let entry = OPENSSL_sk_value(stack, index)?.assumingMemoryBound(to: GENERAL_NAME.self) else {
                continue
            }
            switch entry.pointee.type {
            case GEN_DNS: if let name = self.string(entry.pointee.d.dNSName) { all.dns.append(name) }
            case GEN_URI: if let name = self.string(entry.pointee.d.uniformResourceIdentifier) { all.uris.append(name) }
            case GEN_EMAIL: if let name = self.string(entry.pointee.d.rfc822Name) { all.emails.append(name) }
            case GEN_IPADD: if let text = self.address(entry.pointee.d.iPAddress) { all.addresses.append(text) }
            default: break
            }
        }
        return all
    }

    static func fingerprint(_ certificate: OpaquePointer) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return "" }
        return hex(digest[..<Int(count)])
    }

    /// Lower-case hex without leading zeros.
    static func serial(_ certificate: OpaquePointer) -> String {
        guard let number = ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), nil) else { return "" }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "" }
        defer { shim_OPENSSL_free(text) }
        let digits = String(cString: text).lowercased().drop { $0 == "0" }
        return digits.isEmpty ? "0" : String(digits)
    }

    /// What a host may be called to be who the certificate says: its DNS names and addresses, or the CN when it has none.
    static func hosts(_ certificate: OpaquePointer) -> [String] {
        let names = self.alternativeNames(certificate)
        let all = names.dns + names.addresses
        return all.isEmpty ? self.commonName(certificate).map { [$0] } ?? [] : all
    }

    private static func string(_ value: UnsafeMutablePointer<ASN1_STRING>?) -> String? {
        guard let value, let data = ASN1_STRING_get0_data(value) else { return nil }
        return self.name(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(value))))
    }

    /// nil for what a name cannot be: one with control characters would read as another in logs and rules.
    private static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func address(_ value: UnsafeMutablePointer<ASN1_STRING>?) -> String? {
        guard let value, let data = ASN1_STRING_get0_data(value) else { return nil }
        let bytes = UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(value)))
        switch bytes.count {
        case 4: return bytes.map { "\($0)" }.joined(separator: ".")
        case 16:
            return (0..<8)
                .map { String(UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]), radix: 16) }
                .joined(separator: ":")
        default: return nil
        }
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
