import CPostgres
import Foundation
import Glibc
import Index
import Synchronization

/// Messages between the nodes of one index by LISTEN and NOTIFY, on a connection and a thread of their own: a NOTIFY in
/// a transaction that writes would have the whole server's commits wait for one another.
///
/// The connection also holds the lock of this node's number. When it is lost another is made; should somebody else have
/// the number then, nothing is heard and nothing beats any more.
final class PostgresBulletin: Sendable {
    /// For the lock of a process with the same number, which may be on its way out.
    private static let claimWait = Duration.seconds(3)
    private static let retrySeconds = 0.5
    /// The first number of the locks of nodes' numbers, for each schema another one.
    static let lockClass = "hashtext(current_schema() || '/node')"

    private let opener: PostgresOpener
    private let number: Int64
    private let reader: any SQLBulletinReader
    /// Wakes the thread: a byte in it is enough.
    private let (out, into): (Int32, Int32)
    private let isClosed = Atomic(false)
    private let finished = DispatchSemaphore(value: 0)

    /// Claims the number, and begins. Blocks.
    /// - Returns: nil when a living process has it.
    static func open(_ opener: PostgresOpener, as number: Int64, for reader: any SQLBulletinReader) throws
        -> PostgresBulletin?
    {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SQLFailure(.other, "no pipe: \(String(cString: strerror(errno)))") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let bulletin = PostgresBulletin(opener, number, reader, ends)
        let begun = ContinuousClock.now
        while true {
            if let channel = try bulletin.connect() {
                bulletin.start(channel)
                return bulletin
            }
            guard ContinuousClock.now - begun < Self.claimWait else { return nil }
            usleep(100_000)
        }
    }

    private init(
        _ opener: PostgresOpener, _ number: Int64, _ reader: any SQLBulletinReader, _ ends: [Int32]
    ) {
        self.opener = opener
        self.number = number
        self.reader = reader
        (out, into) = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(out)
        Glibc.close(into)
    }

    func wake() { _ = write(into, [1], 1) }

    /// Ends the thread, and gives the number up. Blocks.
    func close() {
        isClosed.store(true, ordering: .releasing)
        wake()
        finished.wait()
    }

    // MARK: The thread

    /// A connection that has the number's lock and listens.
    private struct Channel: Sendable {
        let connection: PostgresConnection
        let name: String
        var session: PostgresSession { PostgresSession(connection: connection, database: nil) }
    }

    /// - Returns: nil when another process has the number.
    private func connect() throws -> Channel? {
        let connection = try opener.bulletin()
        let session = PostgresSession(connection: connection, database: nil)
        let isOurs = try session.one(
            "SELECT CAST(pg_try_advisory_lock(\(Self.lockClass), CAST(?1 AS INTEGER)) AS INTEGER)"
        ) {
            $0.set(1, number)
        } _: {
            $0.int(0) == 1
        }
        guard isOurs == true else { return nil }
        let name = try session.one("SELECT CAST('larder_' || to_hex(hashtext(current_schema())) AS BYTEA)") {
            $0.string(0)
        }
        guard let name else { return nil }
        try connection.execute("LISTEN \(name)")
        return Channel(connection: connection, name: name)
    }

    private func start(_ channel: Channel) {
        let thread = Thread { [self] in
            run(channel)
            finished.signal()
        }
        thread.name = "larder-bulletin"
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func run(_ first: Channel) {
        var channel: Channel? = first
        while !isClosed.load(ordering: .acquiring) {
            if let open = channel {
                do { try serve(open) } catch { channel = nil }
            } else if let new = try? connect() {
                channel = new
                reader.mayHaveMissed()
            } else {
                Thread.sleep(forTimeInterval: Self.retrySeconds)
            }
        }
    }

    /// Until the end, or the connection is lost.
    private func serve(_ channel: Channel) throws {
        var nextBeat = ContinuousClock.now
        while !isClosed.load(ordering: .acquiring) {
            if ContinuousClock.now >= nextBeat {
                nextBeat = ContinuousClock.now + SQLBulletinLimit.beatEvery
                // One that failed for a reason of its own is made again with the next.
                do { try reader.beat(channel.session) } catch {
                    guard !channel.connection.isLost else { throw error }
                }
            }
            while let message = reader.message() { try send(message, channel) }
            hear(channel)
            let wait = max(nextBeat - ContinuousClock.now, .zero)
            try channel.connection.waitForInput(or: out, Int32(wait / .milliseconds(1)) + 1)
            hear(channel)
        }
    }

    private func send(_ message: String, _ channel: Channel) throws {
        _ = try channel.session.one(
            "SELECT 1 FROM (SELECT pg_notify(convert_from(?1, 'UTF8'), convert_from(?2, 'UTF8'))) AS sent"
        ) {
            $0.set(1, channel.name)
            $0.set(2, message)
        } _: { _ in
        }
    }

    private func hear(_ channel: Channel) {
        while let message = channel.connection.notification() { reader.heard(message) }
    }
}

extension PostgresConnection {
    /// The next message of a channel that has come; nil: none has.
    func notification() -> String? {
        guard let notice = larder_pq_notifies(handle) else { return nil }
        defer { larder_pq_freemem(notice) }
        return String(cString: notice.pointee.extra)
    }

    /// Waits until the server has sent something, or something can be read from `other`, which is emptied.
    func waitForInput(or other: Int32, _ milliseconds: Int32) throws(SQLFailure) {
        var ready = [
            pollfd(fd: larder_pq_socket(handle), events: Int16(POLLIN), revents: 0),
            pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&ready, 2, milliseconds) >= 0 || errno == EINTR else { throw failing("poll") }
        if ready[1].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(other, &bytes, bytes.count) == bytes.count {}
        }
        guard ready[0].revents != 0 else { return }
        guard larder_pq_consumeInput(handle) == 1 else { throw failing("nothing could be read") }
    }
}
