import LarderModel
import Logging
import NIOCore
import NIOHTTP1

@testable import LarderHTTP

/// A request's head as the HTTP decoder gives it, with a `Host` unless the fields have one.
func head(_ method: HTTPMethod, _ uri: String, _ fields: [(String, String)] = []) -> HTTPRequestHead {
    let host = fields.contains { $0.0 == "host" } ? [] : [("host", "a")]
    return HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: HTTPHeaders(host + fields))
}

func request(_ method: HTTPMethod, _ uri: String, _ fields: [(String, String)] = []) -> RequestHead {
    RequestHead(head(method, uri, fields), id: "0")
}

/// Answers every request alike.
struct StubResponder: HTTPResponder {
    var answer = Answer(.ok)

    func exchange(for request: RequestHead) -> Exchange { Exchange(Exchange.Label(0), .answer(answer)) }
    func exchange(for request: RequestHead, refusing fault: LarderError) -> Exchange {
        Exchange(Exchange.Label(0), .answer(.error(fault)))
    }
    func refusal(_ error: LarderError) -> Answer { .error(error) }
    func finished(_ exchange: FinishedExchange) {}
}

extension WireContext {
    static func stub(_ gate: Gatekeeper = Gatekeeper(), _ responder: any HTTPResponder = StubResponder()) -> WireContext
    {
        WireContext(
            responder: responder, gate: gate, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            shutdownLimit: .seconds(30))
    }
}
