import AsyncHTTPClient
import Foundation
import LarderModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// Turns answers and transport failures into ``LarderClientError``.
enum ErrorMapping {
    /// Bytes of an error document that are read; a longer one is not ours.
    static let maxDocumentBytes = 64 * 1024

    private struct Document: Decodable {
        struct Body: Decodable {
            var code: String
            var message: String
        }
        var error: Body
    }

    /// An error of the KV face, in Cloudflare's envelope.
    private struct Envelope: Decodable {
        struct Problem: Decodable { var message: String }
        var errors: [Problem]
    }

    /// The error that an answer of status 400 and above stands for.
    static func error(status: HTTPResponseStatus, headers: HTTPHeaders, document: ByteBuffer?) -> LarderClientError {
        let retryAfter = headers.first(name: "retry-after").flatMap(retryAfter)
        let body = document.flatMap { try? JSONDecoder().decode(Document.self, from: Data($0.readableBytesView)) }?
            .error
        let problem = document.flatMap { try? JSONDecoder().decode(Envelope.self, from: Data($0.readableBytesView)) }?
            .errors.first
        return LarderClientError(
            body.map { .init(rawValue: $0.code) } ?? code(of: Int(status.code)),
            body?.message ?? problem?.message ?? "The server answered \(status.code) \(status.reasonPhrase).",
            status: Int(status.code), retryAfter: retryAfter)
    }

    /// `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date; nil when malformed.
    static func retryAfter(_ text: String) -> Duration? {
        if let seconds = Int64(text), (0...86_400).contains(seconds) { return .seconds(seconds) }
        guard let moment = Timestamp(httpDate: text) else { return nil }
        return .milliseconds(max(0, moment.milliseconds - WallClock.system.now().milliseconds))
    }

    /// The code of an answer without an error document: to HEAD, or from something between us and the server.
    static func code(of status: Int) -> LarderClientError.Code {
        switch status {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 409: .conflict
        case 411: .lengthRequired
        case 412: .preconditionFailed
        case 413: .entryTooLarge
        case 414: .invalidKey
        case 415: .unsupportedMediaType
        case 416: .rangeNotSatisfiable
        case 422: .notJSON
        case 429: .tooManyRequests
        case 501: .notImplemented
        case 502, 503, 504: .unavailable
        case 507: .diskFull
        case 400..<500: .malformedRequest
        default: .internalError
        }
    }

    /// A failure below HTTP. Errors of the caller's own body stream come through unchanged.
    static func transportError(_ error: any Error, server: String) -> any Error {
        switch error {
        case is LarderClientError, is CancellationError: error
        case let error as HTTPClientError: clientError(error, server: server)
        case let error as NIOConnectionError: unreachable(server, connectReason(error))
        case let error as IOError:
            SystemError.isRefusal(error.errnoCode)
                ? unreachable(server, reason(error))
                : LarderClientError(.connectionLost, "The connection to \(server) broke: \(reason(error)).")
        case is HTTPParserError: LarderClientError(.connectionLost, "The answer of \(server) broke off or is not HTTP.")
        case is ChannelError: LarderClientError(.connectionLost, "The connection to \(server) broke.")
        default: transportByName(error, server: server)
        }
    }

    private static func clientError(_ error: HTTPClientError, server: String) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .connectTimeout, .getConnectionFromPoolTimeout: unreachable(server, "no connection in time")
        case .tlsHandshakeTimeout: unreachable(server, "TLS took too long")
        case .readTimeout, .deadlineExceeded, .writeTimeout:
            LarderClientError(
                .timedOut, "\(server) was silent for too long; the request may or may not have been carried out.")
        case .remoteConnectionClosed, .requestStreamCancelled, .uncleanShutdown:
            LarderClientError(.connectionLost, "\(server) closed the connection before the answer was complete.")
        case .bodyLengthMismatch:
            LarderClientError(.fileError, "The body has another length than announced: it changed while it was sent.")
        case .invalidURL, .emptyHost, .emptyScheme:
            LarderClientError(.invalidArgument, "\(server) is not a URL of a server.")
        default: LarderClientError(.invalidResponse, "The request to \(server) failed: \(error).")
        }
    }

    /// TLS errors come from a module that this one has no other use for.
    private static func transportByName(_ error: any Error, server: String) -> any Error {
        let type = String(reflecting: type(of: error))
        return type.hasPrefix("NIOSSL") ? unreachable(server, "TLS failed (\(error))") : error
    }

    private static func unreachable(_ server: String, _ why: String) -> LarderClientError {
        LarderClientError(.unreachable, "Can't reach \(server): \(why). Is 'larder serve' running there?")
    }

    private static func connectReason(_ error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last?.error { return (last as? IOError).map(reason) ?? "\(last)" }
        return error.dnsAError == nil && error.dnsAAAAError == nil ? "no address" : "no such host"
    }

    private static func reason(_ error: IOError) -> String { SystemError.text(error.errnoCode) }
}
