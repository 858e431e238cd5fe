import Hummingbird
import Logging
import NIOCore

/// A router, a task a connection and two handlers: what the framework costs alone.
enum HummingbirdYardstick {
    static func run() async throws {
        let content = ByteBuffer(repeating: UInt8(ascii: "x"), count: BareServer.bytesMax)
        let router = Router()
        router.put("**") { request, _ in
            for try await _ in request.body {}
            return HTTPResponse.Status.ok
        }
        router.get("bytes/{size}") { request, _ -> Response in
            guard let size = BareServer.size(request.uri.path), let slice = content.getSlice(at: 0, length: size) else {
                return Response(status: .notFound)
            }
            return Response(status: .ok, body: ResponseBody(byteBuffer: slice))
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in BareServer.announce(channel.localAddress?.port) },
            logger: logger)
        try await application.runService()
    }
}
