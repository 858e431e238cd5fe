import LarderHTTP
import LarderModel

extension RequestHead {
    /// The conditions of a write on the native face. The Netlify client knows one refusal, 412, and takes any other
    /// status for success: there an `If-None-Match` that can't be read fails like one that does not hold.
    /// - Throws: `LarderError` `.invalidCondition`.
    func nativeConditions() throws(LarderError) -> Preconditions {
        let conditions = preconditions()
        guard conditions.ifNoneMatch != .unreadable else {
            throw LarderError(.invalidCondition, "If-None-Match takes * or quoted ETags separated by commas.")
        }
        return conditions
    }
}
