/// A `Cache-Control` field (RFC 9111 §5.2) that a policy sets for public reads: known directives only, none twice, none
/// that contradict.
package struct CacheControl: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package var description: String { text }

    private static let plain: Set<String> = [
        "public", "private", "no-cache", "no-store", "no-transform", "must-revalidate", "proxy-revalidate",
        "must-understand", "immutable",
    ]
    private static let timed: Set<String> = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]
    /// A year: longer times mean nothing to caches.
    private static let secondsMax = 31_536_000

    /// - Parameter text: directives separated by commas.
    /// - Throws: ``LarderError`` `.invalidPolicy`, saying which directive can't be.
    package init(_ text: String) throws(LarderError) {
        var names: Set<String> = []
        var directives: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let directive = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let words = String(directive).lowercased().split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(words[0])
            if words.count == 1 {
                guard Self.plain.contains(name) else {
                    throw Self.refusal("'\(name.prefix(40))' is no directive that stands alone")
                }
            } else {
                guard Self.timed.contains(name) else {
                    throw Self.refusal("'\(name.prefix(40))' is no directive with a number of seconds")
                }
                guard words[1].utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
                    let seconds = Int(words[1]),
                    seconds <= Self.secondsMax
                else { throw Self.refusal("'\(name)' takes whole seconds up to \(Self.secondsMax)") }
            }
            guard names.insert(name).inserted else { throw Self.refusal("'\(name)' is repeated") }
            directives.append(words.joined(separator: "="))
        }
        guard !names.isSuperset(of: ["public", "private"]) else {
            throw Self.refusal("'public' and 'private' exclude each other")
        }
        guard !names.contains("no-store") || names.isDisjoint(with: Self.timed.union(["immutable", "public"])) else {
            throw Self.refusal("'no-store' leaves nothing to keep for a time")
        }
        self.text = directives.joined(separator: ", ")
    }

    private static func refusal(_ problem: String) -> LarderError {
        LarderError(.invalidPolicy, "\(problem); a Cache-Control is such as 'public, max-age=3600'")
    }
}
