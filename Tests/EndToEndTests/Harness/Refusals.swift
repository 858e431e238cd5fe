extension LarderProcess {
    /// How often a limit refused something, by `/metrics`.
    func refusals(_ limit: String) async throws -> Int {
        let text = try await get("/metrics").text
        let start = "larder_limit_refusals_total{limit=\"\(limit)\"} "
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(start) }),
            let count = Int(line.dropFirst(start.count))
        else {
            throw Failure(description: "no metric for the limit \(limit) in \(text)")
        }
        return count
    }
}
