import Index
import LarderModel

/// The content that a snapshot names: 61 bytes each, for millions of them.
struct SnapshotObjects: Sendable {
    private var ids: [Int64] = []
    private var digests: [Digest] = []
    private var sizes: [Int64] = []
    private var storedSizes: [Int64] = []
    private var encodings: [Encoding] = []
    /// Places in the arrays above, by their digests' order.
    private var order: [Int32] = []

    var count: Int { ids.count }

    /// Room for so many, if they are not more than anybody has.
    mutating func reserve(_ count: Int64) {
        let count = Int(min(max(count, 0), 1 << 24))
        ids.reserveCapacity(count)
        digests.reserveCapacity(count)
        sizes.reserveCapacity(count)
        storedSizes.reserveCapacity(count)
        encodings.reserveCapacity(count)
    }

    /// - Parameter table: of the row, as the manifest has it.
    /// - Returns: false when it is no object's.
    mutating func add(_ row: CopiedRow, of table: SchemaTable) -> Bool {
        func integer(_ name: String) -> Int64? {
            if let column = table.index(of: name), case .integer(let number) = row.values[column] {
                number
            } else {
                nil
            }
        }
        guard let id = integer("id"), let size = integer("size"), let storedSize = integer("stored_size"),
            let encoding = integer("encoding").flatMap({ Encoding(rawValue: Int($0)) }),
            let column = table.index(of: "digest"), case .bytes(let bytes) = row.values[column],
            let digest = Digest(bytes), ids.count < Int32.max
        else { return false }
        ids.append(id)
        digests.append(digest)
        sizes.append(size)
        storedSizes.append(storedSize)
        encodings.append(encoding)
        return true
    }

    /// No more are added: they can be found from now on.
    mutating func seal() {
        order = (0..<Int32(ids.count)).sorted { digests[Int($0)] < digests[Int($1)] }
    }

    subscript(_ place: Int) -> SnapshotObject {
        SnapshotObject(
            id: ids[place], digest: digests[place], encoding: encodings[place], size: sizes[place],
            storedSize: storedSizes[place], isInline: false)
    }

    /// Where it is; nil: the snapshot does not name it in this form.
    func find(_ digest: Digest, _ encoding: Encoding) -> Int? {
        var low = 0, high = order.count
        while low < high {
            let middle = (low + high) / 2
            if digests[Int(order[middle])] < digest { low = middle + 1 } else { high = middle }
        }
        guard low < order.count else { return nil }
        let place = Int(order[low])
        return digests[place] == digest && encodings[place] == encoding ? place : nil
    }
}
