import Foundation
import PostgresTestSupport
import S3TestSupport
import Synchronization
import Testing

/// A `larder serve` of the binary under test, on a data directory of its own.
final class LarderProcess: Sendable {
    /// A server that did not do what every test needs of it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Running {
        let child: ChildProcess
        let port: Int
    }

    /// Holds everything that this server leaves on disk.
    let folder: TemporaryFolder
    private let arguments: [String]
    private let environment: [String: String]
    private let disk: PrivateDisk?
    private let wrapper: [String]
    private let running = Mutex<Running?>(nil)

    var data: String { folder.appending("data") }

    /// Runs `body` with a started server. Afterwards the process and its folder are gone, whatever happened.
    /// - Parameter wrapper: a program and its options that run the server, in the same process in the end.
    static func with<Result>(
        _ arguments: [String] = [], environment: [String: String] = [:], disk: PrivateDisk? = nil,
        wrapper: [String] = [],
        _ body: (LarderProcess) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let server = LarderProcess(
                folder: folder, arguments: arguments, environment: environment, disk: disk, wrapper: wrapper)
            do {
                try await server.start()
                let result = try await body(server)
                await server.kill()
                return result
            } catch {
                await server.kill()
                throw error
            }
        }
    }

    private init(
        folder: TemporaryFolder, arguments: [String], environment: [String: String], disk: PrivateDisk?,
        wrapper: [String]
    ) {
        self.wrapper = wrapper
        self.folder = folder
        self.arguments = arguments
        self.environment = environment
        self.disk = disk
    }

    // MARK: Life

    /// Starts the server, and returns once it says where it listens.
    /// - Parameters:
    ///   - offset: shifts the server's clock, such as `-91d`.
    ///   - more: arguments beside the usual ones.
    ///   - other: a wrapper for this start, in place of the usual one.
    func start(clock offset: String? = nil, adding more: [String] = [], wrapper other: [String]? = nil) async throws {
        var environment = environment
        if let offset { environment["LARDER_CLOCK_OFFSET"] = offset }
        let arguments = ["serve", "--data", data, "--port", "0"] + arguments + more
        let child = try await Larder.start(
            arguments, environment: environment, home: folder.path,
            wrapper: (other ?? wrapper) + (try disk?.wrapper(for: data) ?? []))
        let line = try? await within(.seconds(30), "the listening line") {
            await child.output.line { $0.contains("listening on http") }
        }
        guard let line = line ?? nil, let port = Self.port(in: line) else {
            await child.destroy()
            throw Failure(
                description: """
                    larder \(arguments.joined(separator: " ")) did not say where it listens (\(String(describing: child.ending.current)))
                    stdout: \(child.output.text)
                    stderr: \(child.errors.text)
                    """)
        }
        running.withLock { $0 = Running(child: child, port: port) }
    }

    /// SIGTERM; returns how the process ended.
    @discardableResult
    func stop(within limit: Duration = .seconds(30)) async throws -> Ending {
        terminate()
        return try await ended(within: limit)
    }

    /// Sends SIGTERM and does not wait.
    func terminate() { child?.send(SIGTERM) }

    /// Waits until the process has ended.
    func ended(within limit: Duration = .seconds(30)) async throws -> Ending {
        guard let child else { throw Failure(description: "the server does not run") }
        let ending = try? await within(limit, "the end of the server") { await child.ending.wait() }
        guard let ending = ending ?? nil else {
            throw Failure(description: "the server still ran \(limit) after SIGTERM; stderr: \(child.errors.text)")
        }
        running.withLock { $0 = nil }
        return ending
    }

    /// SIGKILL; returns once the process is gone.
    func kill() async {
        guard let child else { return }
        await child.destroy()
        running.withLock { $0 = nil }
    }

    /// Stops the server as an operator would and starts it again on the same directory.
    func restart(clock offset: String? = nil) async throws {
        let ending = try await stop()
        try #require(ending == .exit(0))
        try await start(clock: offset)
    }

    // MARK: Facts

    private var child: ChildProcess? { running.withLock { $0?.child } }

    var port: Int {
        get throws {
            guard let port = running.withLock({ $0?.port }) else {
                throw Failure(description: "the server does not run")
            }
            return port
        }
    }

    var pid: pid_t {
        get throws {
            guard let child else { throw Failure(description: "the server does not run") }
            return child.pid
        }
    }

    var url: String { get throws { "http://127.0.0.1:\(try port)" } }

    var token: String {
        get throws {
            let token = try String(contentsOfFile: visible(data) + "/admin.token", encoding: .utf8)
            return token.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// What it signs links with, as apps that know it do.
    func signingKey() async throws -> String {
        if let kept = try await TestPlace.known(of: data)?.signingKey(), !kept.isEmpty { return kept }
        let key = try String(contentsOfFile: try visible(data) + "/signing.key", encoding: .utf8)
        return key.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A path of the server's as this process sees it: its private disk is mounted for it alone.
    func visible(_ path: String) throws -> String { disk == nil ? path : "/proc/\(try pid)/root" + path }

    /// What the running server wrote to standard error.
    var log: String { child?.errors.text ?? "" }

    /// A field of `/proc/<pid>/status`, such as `VmRSS` or `VmHWM`, in bytes.
    func memory(_ field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(try pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "/proc status has no \(field)")
        }
        return kilobytes * 1024
    }

    /// How many descriptors the server holds open, but for those of its engines: the readers of an index and the
    /// connections to a bucket are opened when they are first needed, up to a bound.
    func descriptors() async throws -> Int {
        let folder = "/proc/\(try pid)/fd"
        let place = try await TestPlace.known(of: data)
        let connections = try place.map { try sockets(to: [$0.postgres.port, $0.bucket.port]) } ?? []
        return try Disk.names(in: folder).filter { name in
            // One that was closed meanwhile has no target any more.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name) else {
                return false
            }
            return !target.contains("/index.sqlite") && !connections.contains(target)
        }.count
    }

    /// As the system calls them in `/proc/<pid>/fd`.
    private func sockets(to ports: Set<Int>) throws -> Set<String> {
        let table = try String(contentsOfFile: "/proc/\(try pid)/net/tcp", encoding: .utf8)
        return Set(
            table.split(separator: "\n").dropFirst().compactMap { line in
                // Its number, here, there (`0100007F:1F90`), and six more before the socket's.
                let fields = line.split(separator: " ")
                guard fields.count > 9, let port = Int(fields[2].suffix(4), radix: 16), ports.contains(port) else {
                    return nil
                }
                return "socket:[\(fields[9])]"
            })
    }

    /// What lies in `<data>/incoming`.
    func incoming() throws -> [String] { try Disk.files(below: visible(data) + "/incoming") }

    private static func port(in line: String) -> Int? {
        guard
            let start = line.range(of: "http://127.0.0.1:")?.upperBound
                ?? line.range(of: "https://127.0.0.1:")?.upperBound
        else { return nil }
        return Int(line[start...].prefix { $0.isNumber })
    }
}

/// The binary under test.
enum Larder {
    /// A finished call.
    struct Outcome: Sendable {
        let ending: Ending
        let output: String
        let errors: String
        /// The lines that are not blank, of both.
        var lines: [String] {
            (output + "\n" + errors).split(separator: "\n").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
        }
    }

    /// `LARDER_BINARY`, else the program built beside the tests.
    static func binary() throws -> String {
        if let path = ProcessInfo.processInfo.environment["LARDER_BINARY"], !path.isEmpty { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = ((tests as NSString).deletingLastPathComponent as NSString).appendingPathComponent("larder")
        let candidates = [beside, (packageRoot as NSString).appendingPathComponent(".build/debug/larder")]
        guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw LarderProcess.Failure(
                description: "no larder binary at \(candidates.joined(separator: " or ")): run swift build first")
        }
        return path
    }

    static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    static func start(
        _ arguments: [String], environment: [String: String] = [:], home: String, wrapper: [String] = []
    ) async throws -> ChildProcess {
        var clean = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"]
        clean.merge(try await TestPlace.environment(for: arguments, environment, home: home)) { _, new in new }
        clean.merge(environment) { _, new in new }
        return try await ChildProcess.start(wrapper + [try binary()] + arguments, environment: clean)
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], home: String, within limit: Duration = .seconds(30)
    ) async throws -> Outcome {
        let child = try await start(arguments, environment: environment, home: home)
        let ending = try? await within(limit, "larder \(arguments.first ?? "")") { await child.ending.wait() }
        guard let ending = ending ?? nil else {
            await child.destroy()
            throw LarderProcess.Failure(
                description:
                    "larder \(arguments.joined(separator: " ")) did not end; stdout: \(child.output.text) stderr: \(child.errors.text)"
            )
        }
        return Outcome(ending: ending, output: child.output.text, errors: child.errors.text)
    }
}
