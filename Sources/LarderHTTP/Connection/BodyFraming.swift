/// How much of what comes for a body is its framing: the sizes of chunks, and extensions that nobody reads (RFC 9112
/// §7.1.1). The decoder bounds neither.
struct BodyFraming {
    /// Bytes for each byte of the body, and beside them. The smallest honest chunk takes 6 bytes to carry 1.
    private static let perByte = 16, free = 16 << 10

    private var came = 0
    private var body = 0
    /// Whether the bytes that brought the head are still to be told: they are none of the body's.
    private var isHeadNew = true

    mutating func bodyCame(_ count: Int) { body += count }

    /// - Returns: whether it is too much.
    mutating func bytesCame(_ count: Int) -> Bool {
        guard !isHeadNew else {
            isHeadNew = false
            return false
        }
        came += count
        return came > body * Self.perByte + Self.free
    }
}
