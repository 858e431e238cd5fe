import Hashing
package import Objects

extension ObjectStamp {
    /// Of an object of a bucket. What lies in a place of its own is never replaced; its ETag tells all the same.
    package init(size: Int64, etag: String) {
        let hash = SHA256.hash(data: Array(etag.utf8))
        func mark(_ start: Int) -> UInt64 { hash[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(size: size, marks: (mark(0), mark(8), mark(16), mark(24)))
    }
}
