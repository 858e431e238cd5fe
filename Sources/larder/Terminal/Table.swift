/// Rows on standard output, in columns as wide as their widest cell.
struct Table {
    private var rows: [[String]]
    /// Columns that hold numbers, from 0: set to the right.
    private let numbers: Set<Int>

    init(header: [String], numbers: Set<Int> = []) {
        rows = [header]
        self.numbers = numbers
    }

    /// The cells may say anything: they are made harmless before their width is taken.
    mutating func add(_ row: [String]) { rows.append(row.map(Terminal.output.safe)) }

    /// The table, a line a row.
    var lines: [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? TerminalText.width($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == count - 1 && !numbers.contains(column)
                    ? cell : TerminalText.padded(cell, toColumns: widths[column], right: numbers.contains(column))
            }
            return cells.joined(separator: "  ")
        }
    }
}
