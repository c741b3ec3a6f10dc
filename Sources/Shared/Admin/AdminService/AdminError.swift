package import AdminAPI
import Protobuf
import Query
package import RPC

/// The codes of ErrorDetail: stable, and for programs.
package enum AdminErrorCode: String {
    case unknownKind = "unknown_kind"
    case unknownField = "unknown_field"
    case unknownVerb = "unknown_verb"
    case unknownSeries = "unknown_series"
    case badFilter = "bad_filter"
    case badSort = "bad_sort"
    case badCursor = "bad_cursor"
    case badRequest = "bad_request"
    case notFound = "not_found"
    case readOnly = "read_only"
    case versionChanged = "version_changed"
    case tooMany = "too_many"
    case notYetWritten = "not_yet_written"
    case stopping = "stopping"
}

extension RPCError {
    /// An error that carries an ErrorDetail, with id and hint cut to 256 bytes.
    package init(
        _ code: RPCCode,
        _ message: String,
        _ detail: AdminErrorCode,
        kind: AdminV1.Kind = .unspecified,
        id: String = "",
        hint: String? = nil,
        offset: Int? = nil
    ) {
        var value = AdminV1.ErrorDetail()
        value.code = detail.rawValue
        value.kind = kind
        value.id = id.echo
        value.hint = hint?.echo ?? ""
        value.offset = offset.map { UInt32(clamping: $0) }
        let type = AdminV1.ErrorDetail.protoName
        self.init(code, message, details: [Detail(type: type, value: value.serialized())])
    }

    /// - Parameter part: What of the request is wrong: `filter`.
    init(_ error: FilterError, in part: String, _ code: AdminErrorCode, kind: AdminV1.Kind = .unspecified) {
        self.init(
            .invalidArgument,
            "\(part): \(error.message)",
            error.unknownField == nil ? code : .unknownField,
            kind: kind,
            hint: error.hint,
            offset: error.offset
        )
    }
}
