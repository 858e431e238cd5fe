import LarderModel
package import NIOCore
import NIOPosix
import ServiceLifecycle

/// Listens, and serves what comes, until it is asked to shut down and the last connection has ended.
///
/// On a graceful shutdown connections go as soon as they have nothing under way. When its task is cancelled they are
/// closed at once; the tasks of requests are cancelled with it.
package struct HTTPServer: Service {
    private let wire: WireContext
    private let setup: ConnectionSetup
    private let host: String
    private let port: Int
    private let isRunning: @Sendable (any Channel) -> Void

    /// More connections than this that nobody has accepted yet are turned away by the kernel.
    private static let backlog: Int32 = 1_024

    /// - Parameters:
    ///   - port: 0: any free one.
    ///   - certificates: nil: no TLS.
    ///   - isRunning: called with the listener when connections are taken.
    package init(
        _ wire: WireContext, host: String, port: Int, certificates: Certificates?,
        isRunning: @escaping @Sendable (any Channel) -> Void
    ) {
        self.wire = wire
        setup = ConnectionSetup(wire: wire, certificates: certificates)
        self.host = host
        self.port = port
        self.isRunning = isRunning
    }

    /// - Throws: `IOError` when it can't listen.
    package func run() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let accept = NIOLoopBoundBox<AcceptHandler?>.makeEmptyBox(eventLoop: loop)
        let listener = try await listen(on: loop, accept)
        isRunning(listener)
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await wire.tasks.carryOut()
            } onCancel: {
                loop.execute { accept.value?.closeAll() }
            }
        } onGracefulShutdown: {
            loop.execute { accept.value?.shutDown { [tasks = wire.tasks] in tasks.finish() } }
        }
    }

    private func listen(on loop: any EventLoop, _ accept: NIOLoopBoundBox<AcceptHandler?>) async throws -> any Channel {
        try await ServerBootstrap(group: loop, childGroup: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [gate = wire.gate] listener in
                listener.eventLoop.makeCompletedFuture {
                    let handler = AcceptHandler(gate)
                    accept.value = handler
                    try listener.pipeline.syncOperations.addHandler(handler)
                }
            }
            .childChannelInitializer { [setup] channel in
                channel.eventLoop.makeCompletedFuture { try setup.setUp(channel) }
            }
            .bind(host: host, port: port).get()
    }
}
