import Foundation
import LarderModel

extension NodeIdentity {
    /// A node's name has at most so many bytes.
    static let nameMax = 100

    /// As a server is started: by its own name, else by the machine's and the port; where the system chooses the port,
    /// by the process's number.
    /// - Throws: `LarderError` for who starts it.
    init(_ options: ServeOptions) throws(LarderError) {
        let place = options.port == 0 ? "process-\(ProcessInfo.processInfo.processIdentifier)" : "\(options.port)"
        let name = options.node ?? "\(ProcessInfo.processInfo.hostName):\(place)"
        guard !name.isEmpty, name.utf8.count <= Self.nameMax, !name.utf8.contains(where: { $0 < 0x21 || $0 == 0x7F })
        else {
            throw LarderError(
                .malformedRequest, "a node's name (--node) has 1 to \(Self.nameMax) bytes, and no blanks among them")
        }
        self.init(name: name, version: LarderVersion.current)
    }
}
