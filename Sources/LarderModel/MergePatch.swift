/// JSON Merge Patch (RFC 7396) on text: what the patch does not name keeps its bytes (number forms, order, escapes).
package enum MergePatch {
    /// - Parameters:
    ///   - patch: JSON text; an object patches, anything else replaces.
    ///   - target: JSON text, nil when there is none yet.
    /// - Returns: the patched JSON text, without white space that the two did not have inside their values.
    /// - Throws: ``LarderError`` `.notJSON` when the patch, or a target that the patch has to look into, is not JSON.
    package static func apply(_ patch: [UInt8], to target: [UInt8]?) throws(LarderError) -> [UInt8] {
        let change = try JSONText.check(patch)
        guard change.kind == .object else { return Array(patch[change.range]) }
        var out = JSONWriter()
        if let target {
            let current: JSONText.Value
            do { current = try JSONText.check(target) } catch {
                throw LarderError(
                    .notJSON, "The stored entry is not JSON, so a merge patch has nothing to merge into; PUT it whole.",
                    cause: error.message)
            }
            try merge(patch, change, target, current, into: &out)
        } else {
            try merge(patch, change, [], nil, into: &out)
        }
        return out.bytes
    }

    /// Recursion is bounded by ``JSONText/maxDepth``: both texts were checked.
    private static func merge(
        _ patch: [UInt8], _ change: JSONText.Value, _ target: [UInt8], _ current: JSONText.Value?,
        into out: inout JSONWriter
    ) throws(LarderError) {
        guard change.kind == .object else {
            out.value(raw: patch[change.range])
            return
        }
        let changes = lastOfEachName(try JSONText.members(of: change, in: patch))
        var byName = Dictionary(uniqueKeysWithValues: changes.map { ($0.name, $0) })
        out.openObject()
        if let current, current.kind == .object {
            for member in lastOfEachName(try JSONText.members(of: current, in: target)) {
                let change = byName.removeValue(forKey: member.name)
                if let change, isNull(change.value, patch) { continue }
                out.name(raw: target[member.nameRange])
                if let change {
                    try merge(patch, change.value, target, member.value, into: &out)
                } else {
                    out.value(raw: target[member.value.range])
                }
            }
        }
        for change in changes where byName[change.name] != nil && !isNull(change.value, patch) {
            out.name(raw: patch[change.nameRange])
            try merge(patch, change.value, [], nil, into: &out)
        }
        out.closeObject()
    }

    /// A repeated name counts once, with its last value, as every JSON reader has it.
    private static func lastOfEachName(_ members: [JSONText.Member]) -> [JSONText.Member] {
        var last: [[UInt8]: Int] = [:]
        for (i, member) in members.enumerated() { last[member.name] = i }
        return last.count == members.count
            ? members : members.enumerated().filter { last[$1.name] == $0 }.map(\.element)
    }

    private static func isNull(_ value: JSONText.Value, _ bytes: [UInt8]) -> Bool {
        value.kind == .literal && bytes[value.range.lowerBound] == UInt8(ascii: "n")
    }
}
