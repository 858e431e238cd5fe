import LarderHTTP
import LarderModel

/// The most content that is taken whatever the rule of the key allows, and what is said beyond it.
struct ContentCeiling: Sendable {
    let bytes: Int64
    let refusal: LarderError

    init(bytes: Int64, refusal: LarderError) {
        self.bytes = bytes
        self.refusal = refusal
    }

    /// What a signature lets in; nil: it does not say.
    init?(_ permit: Permit) {
        guard let bytes = permit.maxSize else { return nil }
        self.bytes = bytes
        refusal = LarderError(
            .entryTooLarge,
            "The content is larger than the \(bytes) bytes that this URL was signed for; nothing was stored.")
    }

    /// - Throws: `LarderError` `.entryTooLarge` when more came.
    func check(_ received: Int64) throws(LarderError) { if received > bytes { throw refusal } }

    /// - Throws: `LarderError` `.entryTooLarge` when more is announced.
    func check(announced request: RequestHead) throws(LarderError) {
        if let length = request.contentLength { try check(length) }
    }
}
