/// JSON Merge Patch (RFC 7396) on text: what the patch does not name keeps its bytes (number forms, order, escapes).
package enum MergePatch {
    /// Members that one patch looks at: its own, and those of the objects that it enters.
    package static let membersMax = 100_000

    /// - Parameters:
    ///   - patch: JSON text; an object patches, anything else replaces.
    ///   - target: JSON text, nil when there is none yet.
    ///   - maxDepth: of both, as ``JSONText/check(_:maxDepth:)`` has it.
    /// - Returns: the patched JSON text, without white space that the two did not have inside their values.
    /// - Throws: ``LarderError`` `.notJSON` when the patch, or a target that the patch has to look into, is not JSON;
    ///   `.entryTooLarge` beyond ``membersMax``.
    package static func apply(_ patch: [UInt8], to target: [UInt8]?, maxDepth: Int) throws(LarderError) -> [UInt8] {
        let change = try JSONText.check(patch, maxDepth: maxDepth)
        guard change.kind == .object else { return Array(patch[change.range]) }
        var current: JSONText.Value?
        if let target {
            do { current = try JSONText.check(target, maxDepth: maxDepth) } catch {
                throw LarderError(
                    .notJSON, "The stored entry is not JSON, so a merge patch has nothing to merge into; PUT it whole.",
                    cause: error.message)
            }
        }
        var merge = Merge(patch: patch, target: target ?? [])
        try merge.write(change, over: current)
        return merge.out.bytes
    }
}

/// A merge under way. Recursion is bounded: both texts were checked.
private struct Merge {
    let patch: [UInt8]
    let target: [UInt8]
    var out: JSONWriter
    private var membersLeft = MergePatch.membersMax

    init(patch: [UInt8], target: [UInt8]) {
        self.patch = patch
        self.target = target
        // What is made is no longer than both.
        out = JSONWriter(capacity: patch.count + target.count)
    }

    /// - Parameters:
    ///   - change: part of the patch.
    ///   - current: the part of the target that it is for; nil: there is none.
    mutating func write(_ change: JSONText.Value, over current: JSONText.Value?) throws(LarderError) {
        guard change.kind == .object else {
            out.value(raw: patch[change.range])
            return
        }
        var changes = try members(of: change, in: patch).map { Optional($0) }
        out.openObject()
        if let current, current.kind == .object {
            let places = Dictionary(
                changes.enumerated().compactMap { place, change in change.map { ($0.name, place) } }
            ) { $1 }
            for member in try members(of: current, in: target) {
                guard let place = places[member.name], let change = changes[place] else {
                    out.name(raw: target[member.nameRange])
                    out.value(raw: target[member.value.range])
                    continue
                }
                changes[place] = nil
                if JSONText.isNull(change.value, in: patch) { continue }
                out.name(raw: target[member.nameRange])
                try write(change.value, over: member.value)
            }
        }
        for case let change? in changes where !JSONText.isNull(change.value, in: patch) {
            out.name(raw: patch[change.nameRange])
            try write(change.value, over: nil)
        }
        out.closeObject()
    }

    private mutating func members(of value: JSONText.Value, in text: [UInt8]) throws(LarderError) -> [JSONText.Member] {
        guard let members = try JSONText.members(of: value, in: text, limit: membersLeft) else {
            throw LarderError(
                .entryTooLarge,
                "A merge patch looks at \(MergePatch.membersMax) fields at most, its own and those of the objects that "
                    + "it enters; PUT the entry whole.")
        }
        membersLeft -= members.count
        return members.lastOfEachName
    }
}
