import LarderModel

extension Timestamp {
    /// A time as lists have it: `2026-05-10T06:12:47.08Z`, with as many digits of a second as the service likes.
    init?(listed text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[1].hasSuffix("Z") else {
            self.init(iso8601: text)
            return
        }
        let digits = parts[1].dropLast()
        self.init(iso8601: "\(parts[0]).\((digits + "000").prefix(3))Z")
    }
}
