import COpenSSL

/// What a responder said of a certificate, to be handed to clients that ask. Source: RFC 6066 §8, RFC 6960.
struct OCSPStaple {
    /// One answer is 0.5 to 3 KiB.
    private static let maximumBytes = 64 << 10

    let bytes: [UInt8]
    /// Seconds since 1970; clients refuse it afterwards.
    let validUntil: Int

    init(_ path: String, for leaf: OpenSSLObject, issuers: [OpenSSLObject]) throws(TLSError) {
        let bytes = try readFile(path, limit: Self.maximumBytes)
        OpenSSLErrors.clear()
        let response = bytes.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return d2i_OCSP_RESPONSE(nil, &next, buffer.count)
        }
        guard let response else { throw TLSError(.stapleRefused(OpenSSLErrors.take()), file: path) }
        defer { OCSP_RESPONSE_free(response) }
        let status = OCSP_response_status(response)
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL, let basic = OCSP_response_get1_basic(response) else {
            let words = OCSP_response_status_str(Int(status)).map { String(cString: $0) } ?? "status \(status)"
            throw TLSError(.stapleRefused("the responder answered '\(words)'"), file: path)
        }
        defer { OCSP_BASICRESP_free(basic) }
        guard let single = Self.answer(in: basic, about: leaf, issuers) else {
            throw TLSError(.stapleOfAnotherCertificate, file: path)
        }
        var from: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var until: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        switch OCSP_single_get0_status(single, nil, nil, &from, &until) {
        case V_OCSP_CERTSTATUS_GOOD: break
        case V_OCSP_CERTSTATUS_REVOKED: throw TLSError(.stapleSaysRevoked, file: path)
        default: throw TLSError(.stapleRefused("the responder does not know the certificate"), file: path)
        }
        // Without an end it is as good as the moment it was made.
        let end = TLSDate.seconds(until ?? from)
        guard end >= TLSDate.now() else { throw TLSError(.stapleExpired(since: end), file: path) }
        self.bytes = bytes
        self.validUntil = end
    }

    /// The answer about this certificate: by issuer and serial number, or by the number alone when the issuer is not at hand.
    private static func answer(
        in basic: OpaquePointer,
        about leaf: OpenSSLObject,
        _ issuers: [OpenSSLObject]
    ) -> OpaquePointer? {
        leaf.with { leaf in
            let issuer = issuers.first { $0.with { X509_check_issued($0, leaf) == X509_V_OK } }
            for index in 0..<max(0, OCSP_resp_count(basic)) {
                guard let single = OCSP_resp_get0(basic, index), let id = OCSP_SINGLERESP_get0_id(single) else {
                    continue
                }
                var serial: UnsafeMutablePointer<ASN1_INTEGER>?
                guard OCSP_id_get0_info(nil, nil, nil, &serial, id) == 1,
                    ASN1_INTEGER_cmp(serial, X509_get_serialNumber(leaf)) == 0
                else { continue }
                guard let issuer else { return single }
                let isSame = issuer.with { issuer -> Bool in
                    var algorithm: OpaquePointer?
                    _ = OCSP_id_get0_info(nil, &algorithm, nil, nil, id)
                    guard
                        let wanted = OCSP_cert_to_id(
                            EVP_get_digestbyname(OBJ_nid2sn(OBJ_obj2nid(algorithm))),
                            leaf,
                            issuer
                        )
                    else { return false }
                    defer { OCSP_CERTID_free(wanted) }
                    return OCSP_id_cmp(wanted, id) == 0
                }
                if isSame { return single }
            }
            return nil
        }
    }
}
