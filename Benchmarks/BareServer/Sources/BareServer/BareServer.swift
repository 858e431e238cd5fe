import Hummingbird
import Logging

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Takes the body of a PUT on any path and keeps nothing of it; answers `GET /hello`. Prints one line with its address once it listens.
@main
enum BareServer {
    static func main() async throws {
        let router = Router()
        router.put("**") { request, _ in
            for try await _ in request.body {}
            return HTTPResponse.Status.ok
        }
        router.get("hello") { _, _ in "hello" }
        var logger = Logger(label: "bare")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                print("bare listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
                fflush(nil)
            },
            logger: logger)
        try await application.runService()
    }
}
