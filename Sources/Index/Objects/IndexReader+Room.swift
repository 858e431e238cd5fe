extension IndexReader {
    /// Free pages of the index, pages in all, and bytes a page.
    package func pages() throws -> (free: Int, total: Int, size: Int) {
        let room = try db.room()
        return (room.freePages, room.pages, room.pageSize)
    }
}
