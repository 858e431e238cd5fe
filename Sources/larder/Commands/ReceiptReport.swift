import LarderClient

/// What an append did to its log, for people or as JSON.
enum ReceiptReport {
    static func show(_ receipt: Log.Receipt, _ output: OutputOptions) throws {
        if output.json { return try Console.json(receipt) }
        Console.output(receipt.count == 0 ? "nothing new" : events(receipt.first, receipt.last))
    }

    static func show(_ receipt: RunLog.Receipt, _ output: OutputOptions) throws {
        if output.json { return try Console.json(receipt) }
        let run: String? =
            switch receipt.state {
            case .completed?: "the run is completed"
            case .failed?: "the run has failed"
            case _?: "the run goes on"
            case nil: nil
            }
        Console.output([events(receipt.first, receipt.last), run].compactMap { $0 }.joined(separator: "; "))
    }

    private static func events(_ first: Int64, _ last: Int64) -> String {
        first == last ? "event \(last)" : "events \(first) to \(last)"
    }
}
