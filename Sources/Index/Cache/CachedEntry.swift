package import LarderModel
package import NIOCore

/// An entry as it is kept in memory: what the index says, and the content as stored where that is small.
package final class CachedEntry: Sendable {
    package let entry: Entry
    /// The stored form (see `entry.encoding`), checked against the digest; nil for content in files and for logs.
    package let content: ByteBuffer?

    package init(_ entry: Entry, content: ByteBuffer?) {
        self.entry = entry
        self.content = content
    }

    var cost: Int { 600 + entry.key.bytes.count + entry.metadata.json.count + (content?.readableBytes ?? 0) }
}
