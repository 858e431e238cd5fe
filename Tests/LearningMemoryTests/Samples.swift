import LarderModel
import LearningMemory

/// Short ways to say what happened.
enum Sample {
    static func run(
        _ id: Identifier, _ mood: String? = "uplifting", _ style: String? = "piano", minute: Int64 = 0,
        duration: Double? = nil,
        source: RunFacts.Source = .recorded
    ) -> RunFacts {
        let at = Timestamp(milliseconds: 1_778_393_567_000 + minute * 60_000)
        return RunFacts(
            runID: id, source: source, timestamp: at.iso8601, at: at, theme: "walk", musicStyle: style, mood: mood,
            duration: duration)
    }

    static func evaluation(_ run: Identifier, _ rating: Rating, minute: Int64 = 0, key: String? = nil) throws
        -> EvaluationFacts
    {
        EvaluationFacts(
            key: try EntryKey(key ?? "\(run)/evaluation.json"), project: "p", runID: run, rating: rating,
            at: Timestamp(milliseconds: 1_778_393_567_000 + minute * 60_000))
    }

    /// A memory with a run for each rating; nil: not rated.
    static func memory(_ runs: [(mood: String, style: String, rating: Rating?)]) throws -> ProjectMemory {
        var memory = ProjectMemory()
        for (i, one) in runs.enumerated() {
            memory.learn(run("r\(i)", one.mood, one.style, minute: Int64(i)))
            if let rating = one.rating { memory.evaluate(try evaluation("r\(i)", rating)) }
        }
        return memory
    }
}

extension ProjectMemory {
    var text: String { String(decoding: document().bytes, as: UTF8.self) }

    mutating func write(_ document: String) throws { replace(with: try WrittenDocument(json: Array(document.utf8))) }

    mutating func prefer(_ patch: [UInt8]) throws(LarderError) {
        try prefer(patch, maxDepth: JSONText.depthDefault)
    }
}

// Documents as a server takes them whose start set no limits of its own.

extension WrittenDocument {
    init(json: [UInt8]) throws(LarderError) { try self.init(json: json, maxDepth: JSONText.depthDefault) }
}

extension OldDocument {
    static func convert(_ json: [UInt8]) throws(LarderError) -> [UInt8]? {
        try convert(json, maxDepth: JSONText.depthDefault)
    }
}

extension RunDraft {
    static func read(_ body: [UInt8]) throws(LarderError) -> RunFacts {
        try read(body, maxDepth: JSONText.depthDefault)
    }
}

extension EvaluationDocument {
    init?(reading json: [UInt8]) { self.init(reading: json, maxDepth: JSONText.depthDefault) }
}
