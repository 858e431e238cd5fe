import LarderModel

extension Timestamp {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter text: `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110 §5.6.7, the one form that is sent).
    init?(httpDate text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].count == 2,
            let month = Self.months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month + 1
        self.init(iso8601: "\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4]).000Z")
    }
}
