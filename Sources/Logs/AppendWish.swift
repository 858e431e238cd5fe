package import LarderModel

/// What an append asks for beside its events.
package struct AppendWish: Sendable {
    /// 1–200 bytes; the same key on the same log appends once within 24 hours, unless ``LogBounds/replies`` others have
    /// come since. nil: none.
    package var idempotencyKey: [UInt8]?
    /// Of the log as it is; `If-None-Match: *` holds while it has no event.
    package var conditions: Preconditions
    /// When the log is to end; ``Expiry/never``: as its rule says, or as it does.
    package var expiry: Expiry

    package init(idempotencyKey: [UInt8]? = nil, conditions: Preconditions = .none, expiry: Expiry = .never) {
        self.idempotencyKey = idempotencyKey
        self.conditions = conditions
        self.expiry = expiry
    }

    /// - Throws: `LarderError` `.malformedRequest`.
    func check() throws(LarderError) {
        if let idempotencyKey, !(1...200).contains(idempotencyKey.count) {
            throw LarderError(.malformedRequest, "An Idempotency-Key has 1 to 200 bytes.")
        }
    }
}
