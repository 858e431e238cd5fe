public import FoundationEssentials
import LarderModel
import NIOHTTP1

extension Store {
    /// Versions of an entry, newest first; empty when there are none of the entry that is there.
    /// - Throws: ``LarderClientError``: `notFound` when there is neither an entry nor a version of one, and others.
    public func versions(of key: String) async throws -> [EntryVersion] {
        struct Page: Decodable {
            var versions: [EntryVersion]
            var cursor: String?
        }
        var found: [EntryVersion] = []
        var cursor: String?
        repeat {
            var request = try request(.GET, key)
            request.query = [("versions", "true")]
            if let cursor { request.query.append(("cursor", cursor)) }
            let page = try await transport.json(Page.self, request)
            found += page.versions
            cursor = page.cursor
        } while cursor != nil
        return found
    }

    /// What the last deletion of each key took, of keys that have no entry now: in key order.
    /// - Parameters:
    ///   - prefix: only keys that start with it.
    ///   - since: deleted then or later; nil: whenever.
    /// - Throws: ``LarderClientError``.
    public func deleted(prefix: String = "", since: Date? = nil) async throws -> [EntryVersion] {
        struct Page: Decodable {
            var deleted: [EntryVersion]
            var cursor: String?
        }
        var found: [EntryVersion] = []
        var cursor: String?
        repeat {
            var request = WireRequest(.GET, WirePath.entries(name))
            request.query = [("deleted", "true")]
            if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
            if let since { request.query.append(("since", ClientJSON.text(since))) }
            if let cursor { request.query.append(("cursor", cursor)) }
            let page = try await transport.json(Page.self, request)
            found += page.deleted
            cursor = page.cursor
        } while cursor != nil
        return found
    }

    /// Makes a version the current content again, with its type and metadata.
    /// - Parameters:
    ///   - etag: the version's tag.
    ///   - key: its entry.
    ///   - condition: what must hold of what is there, else nothing is written.
    /// - Returns: the entry as it is now.
    /// - Throws: ``LarderClientError``: `notFound` when there is no such version, `preconditionFailed` and others.
    @discardableResult
    public func restore(_ etag: String, of key: String, condition: WriteCondition = .always) async throws -> Entry {
        var request = try request(.POST, key)
        request.query = [("restore", etag)]
        condition.apply(to: &request.headers)
        return try await transport.json(Entry.self, request)
    }
}
