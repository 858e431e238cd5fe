package import LarderModel

/// What a change is about to ask the index. Where each answer is a way over the network, what all changes of a batch
/// ask is asked at once, before the first of them begins.
///
/// A hint: a change that asks something else, or nothing, is right all the same.
package struct Foresight: Sendable {
    package var name: EntryName
    /// Whether it is to be a log, or becomes longer as one.
    package var isLog: Bool
    /// SHA-256 of content that it brings; nil: none.
    package var digest: Digest?

    package init(_ name: EntryName, isLog: Bool = false, digest: Digest? = nil) {
        self.name = name
        self.isLog = isLog
        self.digest = digest
    }
}
