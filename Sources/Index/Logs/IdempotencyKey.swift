/// The `Idempotency-Key` of an append, with what it came with.
package struct IdempotencyKey: Sendable {
    /// 1 to 200 bytes.
    package let text: [UInt8]
    /// SHA-256 of the request's body: another body with the same key is another request.
    package let body: [UInt8]

    package init(_ text: [UInt8], body: [UInt8]) {
        self.text = text
        self.body = body
    }
}
