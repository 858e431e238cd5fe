import BlobStore
import Index
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1
import Vaults

/// `POST /v1/stores/{store}/forget`: takes items of a vault out, for good: from the store, the index and memory.
enum NativeForgetting {
    static let kind = ResourceKind<StoreName>(
        "forget",
        [
            .task(.POST, by: .store(.write) { store, _ in store }) { store, call, body in
                let wish = try Wish(try await body.collect(limit: bodyMax), depth: call.server.blobs.jsonDepth)
                var json = JSONWriter()
                let count = try await forget(wish, of: store, call)
                json.object { $0.field("deleted", count) }
                return .json(.ok, json.bytes)
            }
        ])

    private static let bodyMax = 256 << 10

    /// `{prefix?, filter?, seq?}`
    private struct Wish {
        let prefix: [UInt8]
        let filter: Question.Filter?
        /// Of events of the log `prefix`.
        let sequences: [Int64]?

        init(_ body: [UInt8], depth: Int) throws(LarderError) {
            let fields = try JSONFields(body, known: ["prefix", "filter", "seq"], maxDepth: depth)
            guard fields.count > 0 else {
                throw LarderError(
                    .malformedRequest,
                    "Say what to forget: prefix (\"\" for all), filter, or the seq of a log's events.")
            }
            prefix = Array((try fields.string("prefix") ?? "").utf8)
            filter = try fields.raw("filter").map { json throws(LarderError) in try QuestionReader.filter(json) }
            sequences = try fields.raw("seq").map { json throws(LarderError) in try Self.numbers(json) }
            guard sequences == nil || (filter == nil && !prefix.isEmpty) else {
                throw LarderError(.malformedRequest, "seq goes with the log's key as prefix, and without filter.")
            }
        }

        /// A number, or a list of them.
        private static func numbers(_ json: [UInt8]) throws(LarderError) -> [Int64] {
            let value = try JSONText.check(json, maxDepth: .max)
            let items = value.kind == .array ? try JSONText.items(of: value, in: json) : [value]
            var numbers: [Int64] = []
            for item in items {
                guard item.kind == .number, let number = Int64(String(decoding: json[item.range], as: UTF8.self)),
                    number > 0
                else { throw LarderError(.malformedRequest, "seq is a number of an event, or a list of them.") }
                numbers.append(number)
            }
            return numbers
        }
    }

    private static func forget(_ wish: Wish, of store: StoreName, _ call: Call) async throws -> Int {
        let site = call.permit.site
        if let sequences = wish.sequences {
            let name = EntryName(site: site, store: store, key: try EntryKey(bytes: wish.prefix))
            guard let count = try await call.server.entries.logs.forget(.sequences(sequences), of: name) else {
                throw LarderError.missingLog(name)
            }
            return count
        }
        guard let filter = wish.filter else {
            return try await call.deleteEntries(prefix: wish.prefix, of: store, keepsVersions: false).deleted
        }
        var question = Question(site: site, scopes: [Question.Scope(store: store, prefix: wish.prefix)])
        question.filter = filter
        var count = 0
        for (key, sequences) in try await call.server.vaults.items(question) {
            let name = EntryName(site: site, store: store, key: key)
            if sequences == [0] {
                count += try await call.server.blobs.delete(name) ? 1 : 0
            } else {
                count += try await call.server.entries.logs.forget(.sequences(sequences), of: name) ?? 0
            }
        }
        if count > 0 { await call.recordDeletion(of: count, prefix: wish.prefix, in: store) }
        return count
    }
}
