import GRDB
import LarderModel

extension IndexReader {
    /// Free pages of the index, pages in all, and bytes a page.
    package func pages() throws -> (free: Int, total: Int, size: Int) {
        func number(_ name: String) throws -> Int {
            try db.one("PRAGMA \(name)") { _ in
            } _: {
                $0.int(0)
            } ?? 0
        }
        return (try number("freelist_count"), try number("page_count"), try number("page_size"))
    }
}
