/// The best of the rows that were offered, at most so many: a heap with the worst of them on top.
///
/// A higher score is better, and of equal ones the lower row.
struct BestRows {
    private let limit: Int
    private var heap: [(row: Int, score: Float)] = []

    init(limit: Int) {
        self.limit = limit
        heap.reserveCapacity(min(limit, 1_024))
    }

    /// No row with a lower score can still be among the best. −∞ while there is room.
    var threshold: Float { heap.count < limit ? -.infinity : heap.first?.score ?? .infinity }

    mutating func offer(_ row: Int, _ score: Float) {
        if heap.count < limit {
            heap.append((row, score))
            rise(heap.count - 1)
        } else if let worst = heap.first, Self.isWorse(worst, (row, score)) {
            heap[0] = (row, score)
            sink()
        }
    }

    /// The best first.
    func sorted() -> [(row: Int, score: Float)] { heap.sorted { Self.isWorse($1, $0) } }

    private static func isWorse(_ one: (row: Int, score: Float), _ other: (row: Int, score: Float)) -> Bool {
        one.score < other.score || (one.score == other.score && one.row > other.row)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, Self.isWorse(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var worst = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if Self.isWorse(heap[child], heap[worst]) { worst = child }
            }
            if worst == place { return }
            heap.swapAt(place, worst)
            place = worst
        }
    }
}
