package import LarderModel
import Synchronization

/// The server's limits, what counts against them, and how often each refused something.
package final class Gatekeeper: Sendable {
    package let limits: ServerLimits
    /// Whose forwarding fields are believed.
    package let proxies: [AddressBlock]
    let clients: ClientCounts
    /// For bodies and answers that are held whole.
    package let buffers: BufferBudget
    /// Connections accepted since the start.
    let accepted = Counter()
    private let openUploads = Atomic<Int>(0)
    private let refusals = Limit.allCases.map { _ in Counter() }

    package init(_ limits: ServerLimits = ServerLimits(), proxies: [AddressBlock] = []) {
        self.limits = limits
        self.proxies = proxies
        buffers = BufferBudget(limits.buffered)
        clients = ClientCounts(
            most: limits.clientConnections ?? ServerLimits.clientConnectionsDefault,
            includesLoopback: limits.clientConnections != nil)
    }

    /// Counts a refusal; nil: there was none.
    package func refused(_ limit: Limit?) {
        guard let limit, let index = Limit.allCases.firstIndex(of: limit) else { return }
        refusals[index].add()
    }

    /// Takes a place among the bodies that are being received.
    /// - Throws: `LarderError` `.unavailable` when all are taken.
    package func beginUpload() throws(LarderError) {
        guard openUploads.wrappingAdd(1, ordering: .relaxed).newValue <= limits.uploads else {
            endUpload()
            throw LarderError(
                .unavailable, "The server receives \(limits.uploads) bodies at once already; try again in a moment.",
                limit: .uploads)
        }
    }

    package func endUpload() { openUploads.wrappingSubtract(1, ordering: .relaxed) }

    /// The entries that a request wants of one page.
    /// - Throws: `LarderError` `.malformedRequest` when it is no number, or beyond the limit.
    package func pageLimit(_ text: String) throws(LarderError) -> Int {
        let number = Int(text)
        guard let number, (1...limits.listPage).contains(number) else {
            throw LarderError(
                .malformedRequest, "limit is a whole number from 1 to \(limits.listPage).",
                limit: (number ?? 0) > limits.listPage ? .listPage : nil)
        }
        return number
    }

    package static let tooManyConnections = LarderError(
        .tooManyRequests, "This client has as many connections as the server allows; close some, or try again later.",
        limit: .clientConnections)

    package func write(to text: inout MetricsText) {
        text.family("larder_limit_refusals_total", "counter", "What a limit refused, closed or cut off.")
        for (limit, counter) in zip(Limit.allCases, refusals) {
            text.sample("larder_limit_refusals_total", [("limit", limit.rawValue)], Double(counter.value))
        }
        text.counter("larder_connections_total", "Connections accepted.", accepted.value)
        text.gauge(
            "larder_uploads_open", "Bodies of more than 64 KiB that are being received.",
            Double(openUploads.load(ordering: .relaxed)))
        text.gauge(
            "larder_buffered_bytes", "Bodies and answers over 32 KiB that are held whole.", Double(buffers.held))
        text.gauge("larder_clients", "Clients with a connection that counts for them.", Double(clients.clientCount))
    }
}
