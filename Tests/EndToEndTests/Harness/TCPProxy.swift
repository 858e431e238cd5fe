import Foundation
import Synchronization

/// Passes connections on to a port of this machine, and cuts them when it is told to.
final class TCPProxy: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var isClosed = false
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
    func cut() {
        state.withLock { state in for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
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
            guard code == 0 else {
                Foundation.close(server)
                Foundation.close(client)
                continue
            }
            state.withLock { $0.open.formUnion([client, server]) }
            let ends = Mutex(2)
            for (from, to) in [(client, server), (server, client)] {
                Thread.detachNewThread { [self] in
                    Self.copy(from, to)
                    let left = ends.withLock { left in
                        left -= 1
                        return left
                    }
                    if left == 0 { forget(client, server) }
                }
            }
        }
        Foundation.close(listener)
    }

    private func forget(_ descriptors: Int32...) {
        state.withLock { state in
            for descriptor in descriptors {
                state.open.remove(descriptor)
                Foundation.close(descriptor)
            }
        }
    }

    /// Until one of the two is at its end; then neither goes on.
    private static func copy(_ from: Int32, _ to: Int32) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        copying: while true {
            let count = recv(from, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let now = bytes.withUnsafeBytes {
                    Foundation.send(
                        to, UnsafeRawBufferPointer(rebasing: $0[sent...]).baseAddress, count - sent, Int32(MSG_NOSIGNAL)
                    )
                }
                guard now > 0 else { break copying }
                sent += now
            }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
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
