import Foundation
import Synchronization

/// Passes connections on to a port of this machine, and cuts them when it is told to.
final class TCPProxy: Sendable {
    /// Cuts a connection to the target that has sent one thing, when it sends another behind it.
    struct Trap {
        var mark: [UInt8]
        /// Small enough to be sent, and received, at once.
        var bytes: [UInt8]
        /// Whether the target still gets them: the cut then comes in the place of its answer.
        var isPassedOn: Bool
        /// Whether nobody gets through from then on, until ``open()``.
        var closes: Bool
    }

    private struct State {
        var open: Set<Int32> = []
        var isClosed = false
        var trap: Trap?
        /// Whether no connection is made.
        var isShut = false
        var sprung = 0
    }
    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    init(to target: Int) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var address = Self.address(0)
        let code = Self.generic(&address) { bind(listener, $0, length) }
        guard code == 0, listen(listener, 64) == 0, Self.generic(&address, { getsockname(listener, $0, &length) }) == 0
        else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    /// Cuts every connection, in the middle of whatever it is doing.
    func cut() { cut(except: []) }

    private func cut(except spared: Set<Int32>) {
        state.withLock { state in
            for descriptor in state.open.subtracting(spared) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Sets a trap; it goes off once.
    func set(_ trap: Trap) { state.withLock { $0.trap = trap } }
    /// Traps that went off.
    var sprung: Int { state.withLock { $0.sprung } }
    /// Lets everybody through again.
    func open() { state.withLock { $0.isShut = false } }

    /// What a connection sends to the target.
    /// - Parameter isMarked: whether it has sent the trap's mark.
    /// - Returns: the trap, when it goes off.
    private func look(at bytes: ArraySlice<UInt8>, isMarked: inout Bool) -> Trap? {
        state.withLock { state in
            guard let trap = state.trap else { return nil }
            isMarked = isMarked || bytes.firstRange(of: trap.mark) != nil
            guard isMarked, bytes.firstRange(of: trap.bytes) != nil else { return nil }
            state.trap = nil
            state.isShut = trap.closes
            state.sprung += 1
            return trap
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            if client < 0, errno == EINTR { continue }
            guard client >= 0, !state.withLock({ $0.isClosed }) else { break }
            var address = Self.address(target)
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let code = Self.generic(&address) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            guard code == 0, !state.withLock({ $0.isShut }) else {
                Foundation.close(server)
                Foundation.close(client)
                continue
            }
            state.withLock { $0.open.formUnion([client, server]) }
            let pair = Pair(client: client, server: server)
            Thread.detachNewThread { [self] in
                passRequests(of: pair)
                end(pair)
            }
            Thread.detachNewThread { [self] in
                passAnswers(to: pair)
                end(pair)
            }
        }
        Foundation.close(listener)
    }

    private final class Pair: Sendable {
        let client, server: Int32
        /// Whether the target's answers do not get through any more.
        let isMute = Mutex(false)
        let ends = Mutex(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }
    }

    /// When one direction is at its end, neither goes on.
    private func end(_ pair: Pair) {
        shutdown(pair.client, Int32(SHUT_RDWR))
        shutdown(pair.server, Int32(SHUT_RDWR))
        let left = pair.ends.withLock { left in
            left -= 1
            return left
        }
        guard left == 0 else { return }
        state.withLock { state in
            for descriptor in [pair.client, pair.server] {
                state.open.remove(descriptor)
                Foundation.close(descriptor)
            }
        }
    }

    private func passRequests(of pair: Pair) {
        var isMarked = false
        Self.pass(from: pair.client, to: pair.server) { [self] bytes in
            guard let trap = look(at: bytes, isMarked: &isMarked) else { return true }
            if trap.closes { cut(except: [pair.client, pair.server]) }
            pair.isMute.withLock { $0 = true }
            return trap.isPassedOn
        }
    }

    private func passAnswers(to pair: Pair) {
        Self.pass(from: pair.server, to: pair.client) { _ in !pair.isMute.withLock { $0 } }
    }

    /// Passes bytes on to the end of their sender, or of `goesOn`.
    private static func pass(from: Int32, to: Int32, _ goesOn: (ArraySlice<UInt8>) -> Bool) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &bytes, bytes.count, 0)
            guard count > 0, goesOn(bytes[..<count]) else { return }
            var sent = 0
            while sent < count {
                let now = bytes.withUnsafeBytes {
                    Foundation.send(
                        to, UnsafeRawBufferPointer(rebasing: $0[sent...]).baseAddress, count - sent, Int32(MSG_NOSIGNAL)
                    )
                }
                guard now > 0 else { return }
                sent += now
            }
        }
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func generic<R>(_ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> R) -> R {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }
}
