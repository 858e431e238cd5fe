#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `BareServer hummingbird|nio`: takes the body of a PUT on any path and keeps nothing of it; answers `GET /bytes/N`
/// with N bytes. Prints one line with its address once it listens, and serves until it is killed.
@main
enum BareServer {
    static func main() async throws {
        switch CommandLine.arguments.dropFirst().first {
        case "hummingbird": try await HummingbirdYardstick.run()
        case "nio": try await NIOYardstick.run()
        default:
            print("usage: BareServer hummingbird|nio")
            exit(2)
        }
    }

    static func announce(_ port: Int?) {
        print("bare listening on http://127.0.0.1:\(port ?? 0)")
        fflush(nil)
    }

    /// The most that a GET answers with.
    static let bytesMax = 64_000_000

    /// N of `/bytes/N`, when it is a number within the limit.
    static func size(_ path: some StringProtocol) -> Int? {
        guard let last = path.split(separator: "/").last, let size = Int(last), (0...bytesMax).contains(size) else {
            return nil
        }
        return size
    }
}
