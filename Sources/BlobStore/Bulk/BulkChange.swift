package import Index
import LarderModel
import Objects

/// One of many changes that are committed together: all of them or none.
package struct BulkChange: Sendable {
    enum Kind: Sendable {
        /// An entry's content, staged.
        case put(WriteRequest, StagedObject)
        case other(@Sendable (IndexTransaction) throws -> Void)
    }
    var kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// A change of rows; its rules are those of ``BlobStore/change(_:_:)``.
    package init(_ change: @escaping @Sendable (IndexTransaction) throws -> Void) { kind = .other(change) }

    /// Bytes that it holds in memory, about.
    package var heldBytes: Int {
        guard case .put(let request, let staged) = kind else { return 0 }
        let rest = 300 + request.name.key.bytes.count + request.metadata.json.count
        guard case .inline(let stored, let plain) = staged.content else { return rest }
        return rest + plain.count + (staged.encoding == .gzip ? stored.count : 0)
    }
}
