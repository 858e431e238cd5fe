/// Which bytes of an entry to read.
public enum ReadRange: Sendable, Hashable {
    /// These bytes, counted from 0; what lies beyond the end is left out.
    case bytes(Range<Int64>)
    /// From this byte to the end.
    case from(Int64)
    /// The last so many bytes, or all when there are fewer.
    case last(Int64)

    /// The value of `Range` (RFC 9110 §14.2). An empty range asks for one byte too many, for the header can't say
    /// "none".
    var header: String {
        switch self {
        case .bytes(let range): "bytes=\(range.lowerBound)-\(max(range.lowerBound, range.upperBound - 1))"
        case .from(let first): "bytes=\(first)-"
        case .last(let count): "bytes=-\(count)"
        }
    }

    /// The bytes that `Content-Range: bytes 0-9/100` names; nil when malformed.
    static func parse(_ header: String) -> Range<Int64>? {
        guard header.hasPrefix("bytes "), let slash = header.firstIndex(of: "/") else { return nil }
        let bounds = header[..<slash].dropFirst(6).split(separator: "-").compactMap { Int64($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1], bounds[1] < .max else { return nil }
        return bounds[0]..<(bounds[1] + 1)
    }
}
