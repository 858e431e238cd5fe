import Foundation
import Glibc

/// A process that holds a lock, for those who can see whether it is still there: processes of the same machine since
/// its start, and of the same container.
struct LockProcess: Sendable, Hashable {
    /// The kernel's name for what runs since this start, and for the processes that see each other.
    let place: String
    let id: Int32

    /// This one; nil: the system does not tell.
    static let own: LockProcess? = {
        guard let boot = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id"),
            let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        else { return nil }
        let start = String(decoding: boot, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return LockProcess(place: start + " " + space, id: getpid())
    }()

    /// Whether it is known to be gone. Another one may have its number by now: then it counts as there.
    var isGone: Bool { place == Self.own?.place && kill(id, 0) != 0 && errno == ESRCH }
}
