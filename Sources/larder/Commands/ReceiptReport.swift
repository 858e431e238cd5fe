import LarderClient

/// What an append did to its run, for people or as JSON.
enum ReceiptReport {
    static func show(_ receipt: RunLog.Receipt, _ output: OutputOptions) throws {
        if output.json { return try Console.json(receipt) }
        let events = receipt.count == 1 ? "event \(receipt.last)" : "events \(receipt.first) to \(receipt.last)"
        let run: String? =
            switch receipt.state {
            case .completed?: "the run is completed"
            case .failed?: "the run has failed"
            case _?: "the run goes on"
            case nil: nil
            }
        Console.output([events, run].compactMap { $0 }.joined(separator: "; "))
    }
}
