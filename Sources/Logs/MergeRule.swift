package import Index
import LarderModel

/// How much of a whole-array write the client had read, so that only the rest is appended.
///
/// A client without atomic appends reads the array, adds items and writes it back; old clients also cut it to its
/// newest 200. So what it sends is a stretch of the log, ended where the log ended when it read, and then its own
/// items. The stretch began where the kept events began at that time: at the log's beginning, at the first event kept
/// now, or, when the cap has moved since, somewhere between.
///
/// The rule, in this order:
/// 1. The array starts with all events kept now: they were read, the rest is new. (So an array with one more equal item
///    appends one, however equal the items are.)
/// 2. Else the longest run of items from the array's start that equals the log from one of the possible beginnings was
///    read. A beginning between the log's first event and its first kept one counts only if the run reaches a kept
///    event or is as long as the kept part; of equally long runs, the one from the first kept event counts. For an
///    array as long as the kept part or longer, any beginning counts, also one behind the first kept event, if at least
///    half of the array matches: the client cut its oldest items to make room for new ones, and others may have written
///    since.
/// 3. Else, where events have been forgotten, the array may begin before the first one remembered: as many items as
///    were forgotten may be passed over to find such a run.
/// 4. Nothing matches: everything is new.
///
/// Items are equal when their JSON values are, however they are written. Decided in the writer's transaction; linear
/// for logs whose items differ, at worst the product of both lengths (1,200 × 200 comparisons of 16 bytes by default).
package enum MergeRule {
    /// - Returns: how many items from the array's start the client had read, 0 to `items.count`.
    package static func readCount(_ items: [Fingerprint], _ memory: LogMemory) -> Int {
        let all = memory.fingerprints
        let kept = all.count - memory.keptCount
        if memory.keptCount > 0, items.count >= memory.keptCount, items.starts(with: all[kept...]) {
            return memory.keptCount
        }
        var longest = 0
        if items.count >= memory.keptCount {
            for start in all.indices.dropFirst(kept + 1) {
                let run = commonLength(items[...], all[start...])
                if run > longest, run * 2 >= items.count { longest = run }
            }
        }
        for start in stride(from: kept, through: 0, by: -1) {
            let run = commonLength(items[...], all[start...])
            guard run > longest else { continue }
            let isBeginning = start == kept || start == 0 && memory.forgotten == 0
            let isCut = items.count >= memory.keptCount && run * 2 >= items.count
            if isBeginning || start + run > kept || run >= max(memory.keptCount, 1) || isCut { longest = run }
        }
        if longest > 0 { return longest }
        for skipped in 1..<max(1, min(items.count, memory.forgotten + 1)) {
            let run = commonLength(items[skipped...], all[...])
            if run > kept, skipped + run > longest { longest = skipped + run }
        }
        return longest
    }

    private static func commonLength(_ a: ArraySlice<Fingerprint>, _ b: ArraySlice<Fingerprint>) -> Int {
        var length = 0
        for (x, y) in zip(a, b) {
            guard x == y else { break }
            length += 1
        }
        return length
    }
}
