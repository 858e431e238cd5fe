package import LarderModel
import NIOCore
import Objects

extension Repository {
    /// Takes a lock; waits a few seconds for others.
    /// - Parameters:
    ///   - larder: whose it is: a lock of the same one is left from before, and taken over at once.
    ///   - pause: how to wait. Tests replace it, so that they needn't.
    /// - Throws: `LarderError` `.conflict` that names who holds it.
    package func lock(
        _ purpose: RepositoryLock.Purpose, larder: String, clock: WallClock = .system,
        pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async throws -> RepositoryLock {
        let name = "\(RepositoryLock.folder)\(Self.randomName()).json"
        let note = LockNote(larder: larder, purpose: purpose, startedAt: clock.now())
        var takenOver: [String] = []
        var rivals: [LockNote] = []
        for number in 0..<RepositoryLock.triesMax {
            if number > 0 { try await pause(RepositoryLock.waitMax * Double.random(in: 0.1...1)) }
            let renewedAt = clock.now()
            do {
                try await storage.write(name, ByteBuffer(bytes: note.json))
                rivals = try await findRivals(of: note, name, &takenOver)
            } catch {
                try? await storage.remove(name)
                throw error
            }
            if rivals.isEmpty {
                // Whoever is not dead, but was slow or is of the same larder, finds out before the next step; the one
                // that is under way ends meanwhile.
                if !takenOver.isEmpty { try await pause(RepositoryLock.takeOverWait) }
                return RepositoryLock(
                    storage, name: name, note, clock, renewedAt: renewedAt, takenOver: takenOver)
            }
            try await storage.remove(name)
        }
        throw LarderError(
            .conflict,
            "The repository at \(place) is in use by \(rivals.map(\.text).joined(separator: ", ")). Try again when that"
                + " has ended.")
    }

    /// Locks that exclude ours; those of the dead are removed.
    /// - Parameter name: of our file, which was just written.
    private func findRivals(of note: LockNote, _ name: String, _ takenOver: inout [String]) async throws -> [LockNote] {
        let files = try await storage.list(RepositoryLock.folder)
        guard let own = files.first(where: { $0.name == name }) else {
            throw LarderError(.unavailable, "The repository at \(place) does not show what was just written.")
        }
        let now = try own.timeNow(place)
        var rivals: [LockNote] = []
        for file in files where file.name != name {
            guard let source = try await storage.open(file.name) else { continue }
            let other = LockNote(
                parsing: Array(buffer: try await source.read(at: 0, count: RepositoryLock.countMax)))
            let silence = now.milliseconds - file.modifiedAt.milliseconds
            if other.larder == note.larder || other.process?.isGone == true
                || silence > RepositoryLock.deadAfter.wholeMilliseconds
            {
                try await storage.remove(file.name)
                takenOver.append(other.text)
            } else if let purpose = note.purpose, other.forbids(purpose) {
                rivals.append(other)
            }
        }
        return rivals
    }
}
