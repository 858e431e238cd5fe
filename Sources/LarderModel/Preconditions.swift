/// The conditions of a request: `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` (RFC 9110
/// §13.1).
package struct Preconditions: Sendable, Equatable {
    /// The value of `If-Match` or `If-None-Match`.
    package enum TagList: Sendable, Equatable {
        /// `*`: any current entry.
        case any
        /// The listed tags. A tag that this server never gave is left out: it matches nothing.
        case tags([ETag])
        /// It is neither `*` nor a list of quoted tags. As `If-Match` it can never match; as `If-None-Match` it is no
        /// condition of a read, and fails a write: who sent it does not want one without a condition.
        case unreadable

        /// - Parameter text: the field value, several lines joined by commas. Weak tags (`W/"…"`) are taken only when
        ///   `weak` is true.
        package init(_ text: String, weak: Bool) { self = Self.read(text, weak: weak) ?? .unreadable }

        private static func read(_ text: String, weak: Bool) -> TagList? {
            var rest = text[...].drop(while: isBlank)
            if rest.first == "*", rest.dropFirst().allSatisfy(isBlank) { return .any }
            var tags: [ETag] = []
            var count = 0
            while true {
                rest = rest.drop { isBlank($0) || $0 == "," }
                if rest.isEmpty { break }
                let isWeak = rest.hasPrefix("W/")
                if isWeak { rest = rest.dropFirst(2) }
                guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
                if !isWeak || weak, let tag = ETag(quoted: rest[...end]) { tags.append(tag) }
                count += 1
                rest = rest[rest.index(after: end)...].drop(while: isBlank)
                guard rest.isEmpty || rest.first == "," else { return nil }
            }
            return count > 0 ? .tags(tags) : nil
        }

        /// Whether an entry with this tag (nil: no entry) is on the list.
        package func matches(_ tag: ETag?) -> Bool {
            guard let tag else { return false }
            return switch self {
            case .any: true
            case .tags(let tags): tags.contains(tag)
            case .unreadable: false
            }
        }
    }

    package var ifMatch: TagList?
    package var ifNoneMatch: TagList?
    package var ifModifiedSince: Timestamp?
    package var ifUnmodifiedSince: Timestamp?

    package init(
        ifMatch: TagList? = nil, ifNoneMatch: TagList? = nil,
        ifModifiedSince: Timestamp? = nil, ifUnmodifiedSince: Timestamp? = nil
    ) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.ifModifiedSince = ifModifiedSince
        self.ifUnmodifiedSince = ifUnmodifiedSince
    }

    package static let none = Preconditions()
    /// `If-None-Match: *`
    package static let onlyIfNew = Preconditions(ifNoneMatch: .any)
    package var isEmpty: Bool { self == .none }

    package enum ReadOutcome: Sendable { case proceed, notModified, failed }

    /// What a GET or HEAD of an entry answers (RFC 9110 §13.2.2).
    package func evaluateRead(etag: ETag, modifiedAt: Timestamp) -> ReadOutcome {
        if let ifMatch {
            if !ifMatch.matches(etag) { return .failed }
        } else if let ifUnmodifiedSince, modifiedAt.wholeSeconds > ifUnmodifiedSince.wholeSeconds {
            return .failed
        }
        if let ifNoneMatch, ifNoneMatch != .unreadable {
            if ifNoneMatch.matches(etag) { return .notModified }
        } else if let ifModifiedSince, modifiedAt.wholeSeconds <= ifModifiedSince.wholeSeconds {
            return .notModified
        }
        return .proceed
    }

    /// Throws unless a write to the entry may go on. Called inside the writer's transaction, so its answer stays true
    /// until the commit.
    /// - Parameter current: the tag and time of the entry as it stands, nil when there is none.
    /// - Throws: ``LarderError`` `.preconditionFailed`.
    package func checkWrite(current: (etag: ETag, modifiedAt: Timestamp)?) throws(LarderError) {
        if let ifMatch, !ifMatch.matches(current?.etag) {
            throw LarderError(
                .preconditionFailed,
                ifMatch == .unreadable
                    ? "If-Match takes * or quoted ETags separated by commas; this one can't match."
                    : current == nil
                        ? "If-Match: there is no such entry."
                        : "If-Match: the entry has changed; read it again and repeat the change.")
        }
        if ifMatch == nil, let ifUnmodifiedSince, let current,
            current.modifiedAt.wholeSeconds > ifUnmodifiedSince.wholeSeconds
        {
            throw LarderError(.preconditionFailed, "If-Unmodified-Since: the entry has been written since.")
        }
        if ifNoneMatch == .unreadable {
            throw LarderError(
                .preconditionFailed,
                "If-None-Match takes * or quoted ETags separated by commas; nothing is written without its condition.")
        }
        if let ifNoneMatch, ifNoneMatch.matches(current?.etag) {
            throw LarderError(.preconditionFailed, "If-None-Match: the entry is there already.")
        }
    }
}

private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
