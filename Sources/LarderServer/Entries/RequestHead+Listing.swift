import LarderHTTP
import LarderModel

extension RequestHead {
    /// Where a list goes on (`?cursor=`); nil: at its beginning.
    /// - Throws: `LarderError` `.malformedRequest`.
    func listCursor() throws(LarderError) -> ListCursor? {
        guard let text = try queryText("cursor"), !text.isEmpty else { return nil }
        return try ListCursor(text: text)
    }
}
