package import LarderModel
package import NIOHTTP1

/// The one table from error codes to HTTP (contract §4).
package enum ErrorTable {
    package static func status(_ code: LarderError.Code) -> HTTPResponseStatus {
        switch code {
        case .malformedRequest, .invalidSite, .invalidStore, .invalidKey, .invalidMetadata, .invalidCondition:
            .badRequest
        case .unauthorized: .unauthorized
        case .forbidden, .crossOrigin: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict, .notALog: .conflict
        case .preconditionFailed: .preconditionFailed
        case .lengthRequired: .lengthRequired
        case .entryTooLarge: .payloadTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .rangeNotSatisfiable: .rangeNotSatisfiable
        case .notJSON, .invalidDocument, .idempotencyMismatch, .notAVault, .invalidVector:
            .unprocessableEntity
        case .tooManyRequests: .tooManyRequests
        case .targetTooLong: .uriTooLong
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .requestTimeout: .requestTimeout
        case .corruptEntry, .internalError, .invalidPolicy: .internalServerError
        case .notImplemented: .notImplemented
        case .unavailable, .outcomeUnknown, .readOnly: .serviceUnavailable
        case .diskFull: .insufficientStorage
        }
    }

    /// When it makes sense to come again.
    package static func retryAfterSeconds(_ code: LarderError.Code) -> Int? {
        switch code {
        case .unavailable, .outcomeUnknown, .tooManyRequests: 1
        case .readOnly: 30
        default: nil
        }
    }

    /// Text that may stand in a header field: visible ASCII, the rest replaced.
    package static func headerText(_ text: String) -> String {
        let shown: ClosedRange<UInt8> = 0x20...0x7E
        guard !text.utf8.allSatisfy(shown.contains) else { return text }
        return String(decoding: text.utf8.map { shown.contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
