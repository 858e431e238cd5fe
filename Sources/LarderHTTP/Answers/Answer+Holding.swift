import LarderModel
import NIOCore

extension Answer {
    /// The same answer, whose content is cut off where it is no longer allowed. Asked before each piece that is read;
    /// what is in memory goes out whole.
    package func whileAllowed(_ isAllowed: @escaping @Sendable () -> Bool) -> Answer {
        guard case .parts(let parts, let length) = body else { return self }
        var answer = self
        let held = parts.map { part -> Part in
            guard case .content(let open) = part else { return part }
            return .content { HeldPieces(pieces: try open(), isAllowed: isAllowed) }
        }
        answer.body = .parts(held, length: length)
        return answer
    }
}

private struct HeldPieces: PieceSource {
    var pieces: any PieceSource
    let isAllowed: @Sendable () -> Bool

    mutating func next() async throws -> ByteBuffer? {
        guard isAllowed() else { throw LarderError(.unauthorized, "The right to read this has ended.") }
        return try await pieces.next()
    }
}
