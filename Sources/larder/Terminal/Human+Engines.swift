import LarderClient

extension Human {
    /// An engine in a few words: `postgres, answers in 0.4 ms, 99 of 100 within 2.1 ms`.
    static func engine(_ engine: ServerEngines.Engine) -> String {
        var words = [engine.engine]
        if let median = engine.p50, let slow = engine.p99 {
            words.append("answers in \(milliseconds(median)), 99 of 100 within \(milliseconds(slow))")
        }
        if let trouble = engine.waitsFor { words.append("waits: \(trouble)") }
        return words.joined(separator: ", ")
    }

    private static func milliseconds(_ seconds: Double) -> String {
        let tenths = (seconds * 10_000).rounded() / 10
        return "\(tenths) ms"
    }
}
