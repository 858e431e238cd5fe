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
/// Events that were forgotten one by one count where the array has them and are passed over where it has not, so that a
/// client that read them does not bring them back.
///
/// Items are equal when their JSON values are, however they are written. Decided in the writer's transaction; linear
/// for logs whose items differ, at worst the product of both lengths (1,200 × 200 comparisons of 16 bytes by default).
package enum MergeRule {
    /// - Returns: how many items from the array's start the client had read, 0 to `items.count`.
    package static func readCount(_ items: [Fingerprint], _ memory: LogMemory) -> Int {
        let all = memory.fingerprints
        let kept = all.count - memory.keptCount
        let standing = memory.keptCount - memory.holes.count
        if standing > 0, items.count >= standing, let read = wholeLength(items, memory, from: kept) { return read }
        var longest = 0
        if items.count >= standing {
            for start in all.indices.dropFirst(kept + 1) {
                let run = commonLength(items[...], memory, from: start).items
                if run > longest, run * 2 >= items.count { longest = run }
            }
        }
        for start in stride(from: kept, through: 0, by: -1) {
            let (run, end) = commonLength(items[...], memory, from: start)
            guard run > longest else { continue }
            let isBeginning = start == kept || start == 0 && memory.forgotten == 0
            let isCut = items.count >= standing && run * 2 >= items.count
            if isBeginning || end > kept || run >= max(standing, 1) || isCut { longest = run }
        }
        if longest > 0 { return longest }
        for skipped in 1..<max(1, min(items.count, memory.forgotten + 1)) {
            let run = commonLength(items[skipped...], memory, from: 0).items
            if run > kept, skipped + run > longest { longest = skipped + run }
        }
        return longest
    }

    /// How many items are the log's, when they are all of it from a place on; nil: they are not.
    private static func wholeLength(_ items: [Fingerprint], _ memory: LogMemory, from start: Int) -> Int? {
        var (length, end) = commonLength(items[...], memory, from: start)
        while memory.holes.contains(end) { end += 1 }
        return end == memory.fingerprints.count ? length : nil
    }

    /// How many items in a row are the log's from a place on, and the place behind the last of them. An event that was
    /// forgotten is there for who has read it, and for nobody else.
    private static func commonLength(_ items: ArraySlice<Fingerprint>, _ memory: LogMemory, from start: Int) -> (
        items: Int, end: Int
    ) {
        let all = memory.fingerprints
        var place = start, length = 0
        for item in items {
            while place < all.count, all[place] != item, memory.holes.contains(place) { place += 1 }
            guard place < all.count, all[place] == item else { break }
            place += 1
            length += 1
        }
        return (length, place)
    }
}
