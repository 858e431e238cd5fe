import LarderModel
import NIOCore
import NIOEmbedded
import Testing

@testable import LarderHTTP

@Suite("The handler of a connection")
struct ConnectionHandlerTests {
    /// On a busy event loop, seconds may go by between the making of a connection and its opening.
    @Test("A connection that opens late is still ended when its client says nothing", arguments: [0, 1, 5])
    func late(_ looks: Int) async throws {
        var limits = ServerLimits()
        limits.idleTime = .seconds(8)
        limits.headTime = .seconds(8)
        limits.rateWindow = .seconds(8)
        let gate = Gatekeeper(limits)
        let loop = NIOAsyncTestingEventLoop()
        let channel = try await NIOAsyncTestingChannel(loop: loop) { channel in
            let handler = ConnectionHandler(.stub(gate), peer: .none, loop: loop)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        // A look comes every two seconds.
        for _ in 0..<looks { await loop.advanceTime(by: .seconds(2)) }
        try await channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        #expect(channel.isActive)
        for _ in 0..<4 { await loop.advanceTime(by: .seconds(2)) }
        #expect(!channel.isActive)
        var metrics = MetricsText()
        gate.write(to: &metrics)
        #expect(metrics.text.contains("larder_limit_refusals_total{limit=\"idle_time\"} 1\n"))
    }
}
