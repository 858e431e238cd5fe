/// Finds what was perhaps meant.
enum Spelling {
    /// The word of a list that is nearest to another, where it is near enough to be a slip: ` Did you mean 'runs'?`,
    /// with a space in front; empty when none is.
    static func hint(_ word: String, _ known: some Sequence<String>) -> String {
        let most = max(1, word.count / 3)
        let nearest = known.map { (word: $0, distance: distance(word, $0)) }.filter { $0.distance <= most }
            .min { $0.distance < $1.distance }
        return nearest.map { " Did you mean '\($0.word)'?" } ?? ""
    }

    /// Characters to be put in, taken out or changed to make one word of the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, character) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (b[j] == character ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
