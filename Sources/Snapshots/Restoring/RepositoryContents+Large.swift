import LarderModel
import SnapshotRepository

extension RepositoryContents {
    /// Whether it has a file of its own, and lies in no pack.
    func isOnlyLarge(_ digest: Digest, _ encoding: Encoding) -> Bool {
        isLarge(digest, encoding) && !isPacked(digest, encoding)
    }
}
