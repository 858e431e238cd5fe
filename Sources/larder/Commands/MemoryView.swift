import LarderClient

/// A memory for people: preferences, bars for success rates, the latest runs.
struct MemoryView {
    private static let barColumns = 22

    let lines: [Line]

    init(_ document: MemoryDocument, runs: Int) {
        lines =
            Self.preferences(document.preferences)
            + (Self.combinations(document) + Self.history(document.history, runs)).map { Line($0) }
    }

    private static func preferences(_ preferences: MemoryDocument.Preferences) -> [Line] {
        func list(_ words: [String]) -> String {
            words.isEmpty ? "-" : words.joined(separator: ", ")
        }
        return [
            ("favourite moods", list(preferences.favoriteMoods)),
            ("disliked music", list(preferences.dislikedMusicStyles)),
            ("preferred length", preferences.preferredDuration.map { "\(Human.number($0)) s" } ?? "-"),
        ].map { Line(TerminalText.padded($0, toColumns: 18), .dim) + Line($1) }
    }

    private static func combinations(_ document: MemoryDocument) -> [String] {
        guard !document.patterns.successfulCombinations.isEmpty else { return ["", "No rated runs yet."] }
        var table = Table(header: ["mood", "music", "success", "", "good of rated"], numbers: [3])
        for one in document.patterns.successfulCombinations {
            let rated = document.history.filter {
                $0.mood == one.mood && $0.musicStyle == one.musicStyle && $0.rating != nil
            }
            let good = rated.filter { $0.rating == .good }.count
            table.add([
                one.mood, one.musicStyle,
                Bar.picture(one.successRate, columns: barColumns),
                "\(Int((one.successRate * 100).rounded())) %", rated.isEmpty ? "imported" : "\(good) of \(rated.count)",
            ])
        }
        return [""] + table.lines
    }

    private static func history(_ history: [MemoryDocument.Run], _ count: Int) -> [String] {
        guard count > 0, !history.isEmpty else { return [] }
        var table = Table(header: ["run", "made", "rating", "mood", "music", "theme"])
        for run in history.suffix(count).reversed() {
            table.add([
                run.runId, run.timestamp ?? "-", run.rating?.rawValue ?? "-", run.mood ?? "-",
                run.musicStyle ?? "-", run.theme ?? "-",
            ])
        }
        let more = history.count - count
        return [""] + table.lines + (more > 0 ? ["… and \(more) before"] : [])
    }
}
