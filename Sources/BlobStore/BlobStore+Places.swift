import Disk
import Index
package import LarderModel
import Objects

/// Objects that lie where their rows say.
///
/// A place is never remembered: it is read from the row when it is needed, for a put of the same content moves the row
/// to a place of its own. Whoever finds nothing in a place looks at the row again.
extension BlobStore {
    /// Rows that are looked at again, when content moves while it is opened.
    static let movesMax = 10

    /// Opens an entry's object where its row says it lies.
    func openPlaced(_ entry: Entry) async throws -> ObjectReader {
        var place = try await place(of: entry.digest)
        for _ in 0..<Self.movesMax {
            let locator = ObjectLocator(entry.digest, entry.encoding, place: place)
            do { return try await objects.open(locator, size: entry.size) } catch let error as LarderError
                where error.code == .corruptEntry
            {
                let now = try await self.place(of: entry.digest)
                guard now != place else { throw error }
                place = now
            }
        }
        throw LarderError(.unavailable, "The entry is written too often to be read; try again in a moment.")
    }

    /// Where an object lies; empty: nowhere, or where digest and form say.
    func place(of digest: Digest) async throws -> [UInt8] { try await index.read { try $0.place(of: digest) } ?? [] }

    /// What the row of a put's content does not name, or does not name any more.
    static func strays(_ put: IndexTransaction.PutResult, _ staged: StagedObject) -> [ObjectLocator] {
        guard !staged.isKept, case .stored(let locator, _) = staged.content, !locator.place.isEmpty else { return [] }
        if let left = put.leftPlace { return [ObjectLocator(locator.digest, locator.encoding, place: left)] }
        return put.entry.placement == .inline ? [locator] : []
    }

    // MARK: Whose they are

    /// Looks whether what keeps objects can be stood on and is this index's, before it is used. A new one is marked.
    /// - Throws: `LarderError` `.unavailable` when it can't be reached, which may pass; any other for the person who
    ///   starts the server.
    package func settleObjects() async throws {
        guard let address = objects.backend.address else { return try await settleOwnObjects() }
        if isShared { try await waitForPlace() }
        let known = try await knownObjects()
        guard known.place != nil || !known.hasObjects else {
            throw LarderError(
                .internalError,
                "the index of \(directory.path) names objects in its data directory, which are not in \(address): "
                    + "start without --objects, or with another data directory")
        }
        // The index knows first: a mark that no index knows would keep everybody away.
        let identity = try await change(.belowTheFloor) { transaction in
            // Another node may be beginning, too.
            if let known = try transaction.reader.fact(.identity) { return known }
            let identity = ObjectOwner.newIdentity()
            try transaction.note(.identity, identity)
            return identity
        }
        let owner = ObjectOwner(identity: identity, hasObjects: known.hasObjects)
        let isMarked = try await objects.backend.check(for: owner)
        if known.place != Array(address.utf8) {
            try await change(.belowTheFloor) { try $0.note(.objects, Array(address.utf8)) }
        }
        if !isMarked { try await objects.backend.mark(for: owner) }
    }

    private func knownObjects() async throws -> (place: [UInt8]?, hasObjects: Bool) {
        try await index.read { (place: try $0.fact(.objects), hasObjects: try $0.hasFiles()) }
    }

    /// Objects in the data directory are this node's alone.
    private func settleOwnObjects() async throws {
        if let place = try await knownObjects().place {
            throw LarderError(
                .internalError,
                "the index of \(directory.path) keeps its objects in \(String(decoding: place, as: UTF8.self)): "
                    + "start with --objects and that address")
        }
        guard let other = try await otherNode() else { return }
        throw LarderError(
            .internalError,
            "the node '\(other)' serves this index, too, and could not read what this one keeps in its data directory: "
                + "give both the same --objects")
    }

    /// How long another node is given to say where it keeps objects.
    private static let placeWait = Duration.seconds(5)

    /// Nodes that begin at the same moment note the place one after the other; one that keeps objects in its data
    /// directory never does.
    private func waitForPlace() async throws {
        let begun = ContinuousClock.now
        while try await knownObjects().place == nil, let other = try await otherNode() {
            guard ContinuousClock.now - begun < Self.placeWait else {
                throw LarderError(
                    .internalError,
                    "the node '\(other)' serves this index, too, and keeps its objects in its data directory: start it "
                        + "with the same --objects, if it holds none yet")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The name of another node that is up and began before this one.
    private func otherNode() async throws -> String? {
        guard isShared else { return nil }
        let nodes = try await nodes(), here = nodeNumber
        let since = nodes.first { $0.number == here }?.since
        for node in nodes
        where node.isUp && node.number != here && (node.since, node.number) < (since ?? now, here) {
            // One that was killed a moment ago is still shown as up.
            if try await index.lives(node.number) { return node.name }
        }
        return nil
    }

    // MARK: How they are

    /// Why nothing large can be written or read at this moment; nil while nothing is known to be wrong.
    package var objectTrouble: LarderError? { objects.givesPlaces ? objects.backend.trouble : nil }
    /// Looks how what keeps objects is.
    package func probeObjects() async { await objects.backend.probe() }
    /// Whether they lie behind a network.
    package var hasRemoteObjects: Bool { objects.givesPlaces }
    /// Takes away what uploads have left that never came to their end.
    package func removeUploadRemains() async throws -> Int { try await objects.backend.removeRemains() }
}
