import Foundation
import Synchronization

/// How a process ended.
enum Ending: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
}

/// A started program whose output is collected. It dies with this process where `setpriv` is there to arrange it.
final class ChildProcess: Sendable {
    let pid: pid_t
    let output: Transcript
    let errors: Transcript
    /// Fulfilled once the process has ended and all its output is collected.
    let ending = OneShot<Ending>()

    /// - Parameters:
    ///   - arguments: the path of the program, then its arguments.
    ///   - environment: all of it; nothing is inherited.
    static func start(_ arguments: [String], environment: [String: String]) async throws -> ChildProcess {
        try await SpawnThread.shared.run { try ChildProcess(arguments, environment: environment) }
    }

    private init(_ arguments: [String], environment: [String: String]) throws {
        let (outputReader, outputWriter) = try Self.pipe()
        let (errorReader, errorWriter) = try Self.pipe()
        defer {
            close(outputWriter)
            close(errorWriter)
        }
        do {
            pid = try Self.spawn(
                Self.diesWithParent + arguments, environment: environment.map { "\($0.key)=\($0.value)" },
                output: outputWriter, errors: errorWriter)
        } catch {
            close(outputReader)
            close(errorReader)
            throw error
        }
        let readers = DispatchGroup()
        output = Transcript(reading: outputReader, in: readers)
        errors = Transcript(reading: errorReader, in: readers)
        Thread.detachNewThread { [pid, ending] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            readers.wait()
            let signal = status & 0x7F
            ending.fulfill(signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal))
        }
    }

    func send(_ signal: Int32) {
        guard ending.current == nil else { return }
        kill(pid, signal)
    }

    /// Ends the process at once and waits until it is gone.
    func destroy() async {
        send(SIGKILL)
        // In a task of its own, so that a cancelled test still cleans up.
        _ = await Task { [ending] in await ending.wait() }.value
    }

    private static let diesWithParent: [String] = {
        let tool = "/usr/bin/setpriv"
        return access(tool, X_OK) == 0 ? [tool, "--pdeathsig", "KILL"] : []
    }()

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return (ends[0], ends[1])
    }

    private static func spawn(_ arguments: [String], environment: [String], output: Int32, errors: Int32) throws
        -> pid_t
    {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&files, output, 1)
        posix_spawn_file_actions_adddup2(&files, errors, 2)
        // A connection that a child held open as well would never close for its server.
        for descriptor in 3..<Int32(min(1_024, max(3, sysconf(Int32(_SC_OPEN_MAX))))) {
            posix_spawn_file_actions_addclose(&files, descriptor)
        }

        // The test runner may ignore or block signals that the server must see as usual.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &files, &attributes, &argv, &envp)
        guard code == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO, userInfo: [NSFilePathErrorKey: arguments[0]])
        }
        return pid
    }
}

/// The thread that starts all children. It never ends, for «die with the parent» means the parent's *thread*.
private final class SpawnThread: Sendable {
    static let shared = SpawnThread()

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let wake = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                wake.wait()
                let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                job?()
            }
        }
    }

    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            jobs.withLock { $0.append { continuation.resume(with: Swift.Result { try body() }) } }
            wake.signal()
        }
    }
}

/// What a process wrote to one of its pipes, line by line.
final class Transcript: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var lines: [String] = []
        var watchers: [(matches: @Sendable (String) -> Bool, found: OneShot<String?>)] = []
        var ended = false
    }

    private let state = Mutex(State())

    /// - Parameter descriptor: read to its end and closed.
    init(reading descriptor: Int32, in group: DispatchGroup) {
        group.enter()
        Thread.detachNewThread { [self] in
            var chunk = [UInt8](repeating: 0, count: 16_384)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count > 0 {
                    take(chunk[..<count])
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            close(descriptor)
            finish()
            group.leave()
        }
    }

    /// All of it so far.
    var text: String {
        state.withLock {
            ($0.lines + ($0.bytes.isEmpty ? [] : [String(decoding: $0.bytes, as: UTF8.self)])).joined(separator: "\n")
        }
    }

    /// The lines that are not blank.
    var lines: [String] { text.split(separator: "\n").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) } }

    /// The first line that matches, as soon as it is there; nil when the output ends without one.
    func line(where matches: @escaping @Sendable (String) -> Bool) async -> String? {
        let found = OneShot<String?>()
        state.withLock { state in
            if let line = state.lines.first(where: matches) {
                found.fulfill(line)
            } else if state.ended {
                found.fulfill(nil)
            } else {
                state.watchers.append((matches, found))
            }
        }
        return await found.wait() ?? nil
    }

    private func take(_ chunk: ArraySlice<UInt8>) {
        state.withLock { state in
            for byte in chunk {
                guard byte == UInt8(ascii: "\n") else {
                    state.bytes.append(byte)
                    continue
                }
                let line = String(decoding: state.bytes, as: UTF8.self)
                state.bytes = []
                state.lines.append(line)
                state.watchers.removeAll { watcher in
                    guard watcher.matches(line) else { return false }
                    watcher.found.fulfill(line)
                    return true
                }
            }
        }
    }

    private func finish() {
        state.withLock { state in
            state.ended = true
            for watcher in state.watchers { watcher.found.fulfill(nil) }
            state.watchers = []
        }
    }
}
