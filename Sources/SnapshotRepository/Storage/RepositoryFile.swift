package import LarderModel

/// A file of a repository as a listing shows it.
package struct RepositoryFile: Sendable, Hashable {
    /// The path below the repository: `objects/ab/ab34….gz`. Of a manifest, its name alone.
    package let name: String
    /// Bytes as kept.
    package let size: Int64
    /// When it was last written, by the storage's own clock. One that it doesn't say is far ahead: young, that is.
    package let modifiedAt: Timestamp
    private static let unknown = Timestamp(milliseconds: .max / 2)

    /// The storage's clock, as it is read off a file that was just written.
    /// - Throws: `LarderError` `.unavailable` when it doesn't say: everything else would look old.
    func timeNow(_ place: String) throws(LarderError) -> Timestamp {
        guard modifiedAt != Self.unknown else {
            throw LarderError(
                .unavailable, "The repository at \(place) does not say when its files were written, so none is locked.")
        }
        return modifiedAt
    }

    package init(name: String, size: Int64, modifiedAt: Timestamp?) {
        self.name = name
        self.size = size
        self.modifiedAt = modifiedAt ?? Self.unknown
    }

    /// Letters, digits and `-._` between single slashes, no part of it beginning with a dot: it never leads outside.
    package static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= 400
            && parts.allSatisfy { part in
                !part.isEmpty && part.first != UInt8(ascii: ".") && part.allSatisfy(isPlain)
            }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// - Throws: `LarderError` `.malformedRequest` for what is no name.
    static func check(_ name: String) throws(LarderError) {
        guard isName(name) else {
            throw LarderError(.malformedRequest, "No file of a repository can have this name.", cause: name)
        }
    }
}
