import LarderModel
import LearningMemory
import Testing

@Suite("A project's memory")
struct ProjectMemoryTests {
    @Test("An empty memory has the contract's fields and nothing in them")
    func empty() {
        #expect(
            ProjectMemory().text
                == #"""
                {"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[]},\#
                "video_history":[],"learned_patterns":{"successfulCombinations":[]}}
                """#
        )
    }

    @Test("A rated run stands in the history and makes its combination")
    func one() throws {
        var memory = ProjectMemory()
        memory.learn(Sample.run("r1"))
        #expect(memory.text.contains(#""successfulCombinations":[]"#))
        memory.evaluate(try Sample.evaluation("r1", .good))
        #expect(
            memory.text
                == #"""
                {"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[]},\#
                "video_history":[{"runId":"r1","timestamp":"2026-05-10T06:12:47.000Z","rating":"good",\#
                "theme":"walk","musicStyle":"piano","mood":"uplifting"}],\#
                "learned_patterns":{"successfulCombinations":[{"mood":"uplifting","musicStyle":"piano",\#
                "successRate":1}]}}
                """#
        )
    }

    @Test("A rating that comes first waits for its run")
    func waiting() throws {
        var memory = ProjectMemory()
        memory.evaluate(try Sample.evaluation("r1", .bad))
        #expect(memory.text == ProjectMemory().text)
        memory.learn(Sample.run("r1"))
        #expect(memory.text.contains(#""rating":"bad""#))
    }

    @Test("Of several evaluations of a run the latest counts, and the one before when it is taken back")
    func latest() throws {
        var memory = ProjectMemory(runs: [Sample.run("r1")])
        memory.evaluate(try Sample.evaluation("r1", .good, minute: 2))
        memory.evaluate(try Sample.evaluation("r1", .bad, minute: 1, key: "p/r1/1.json"))
        #expect(memory.history.map(\.rating) == [.good])
        memory.withdraw(try EntryKey("r1/evaluation.json"))
        #expect(memory.history.map(\.rating) == [.bad])
        memory.withdraw(try EntryKey("p/r1/1.json"))
        #expect(memory.history.map(\.rating) == [nil])
    }

    @Test("A run recorded again keeps its rating, its time and its duration")
    func again() throws {
        var memory = ProjectMemory(
            runs: [Sample.run("r1", minute: 5, duration: 42)], evaluations: [try Sample.evaluation("r1", .good)])
        memory.learn(RunFacts(runID: "r1", source: .recorded, theme: "other", musicStyle: "jazz", mood: "calm"))
        let run = try #require(memory.history.first)
        #expect(run.rating == .good && run.facts.theme == "other" && run.facts.duration == 42)
        #expect(run.facts.timestamp == Sample.run("r1", minute: 5).timestamp)
    }

    @Test("What was told stands above what was looked up, whichever came first")
    func toldAndJoined() {
        let told = Sample.run("r1", "calm", "jazz"), joined = Sample.run("r1", "dark", "drone", source: .joined)
        var one = ProjectMemory(), other = ProjectMemory()
        one.learn(told)
        one.learn(joined)
        other.learn(joined)
        other.learn(told)
        #expect(one == other)
        #expect(one.runs["r1"]?.mood == "calm")
    }

    @Test("A run that is known only because it was rated goes with its last evaluation")
    func joinedGoes() throws {
        var memory = ProjectMemory(
            runs: [Sample.run("r1", source: .joined)], evaluations: [try Sample.evaluation("r1", .good)])
        memory.withdraw(try EntryKey("r1/evaluation.json"))
        #expect(memory.text == ProjectMemory().text)
    }

    /// Something that happens to a memory. Each concerns another run, or the latest of it wins by its time: so the
    /// order can't matter.
    private enum Event {
        case learn(RunFacts)
        case evaluate(EvaluationFacts)

        func happen(to memory: inout ProjectMemory) {
            switch self {
            case .learn(let run): memory.learn(run)
            case .evaluate(let evaluation): memory.evaluate(evaluation)
            }
        }
    }

    @Test(
        "The same events in any order give the same bytes, and so does making it from scratch",
        arguments: UInt64(0)..<200)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // Words of two spellings are one word; runs of two spellings are two runs.
        let moods = ["calm", "uplifting", "dark", "\u{E9}", "e\u{301}", "e\u{301}x"],
            styles = ["piano", "ambient", "heavy-metal", "\"quoted\"", "K", "\u{212A}"]
        let spellings = ["e\u{301}", "\u{E9}"]
        var events: [Event] = []
        for i in 0..<Int.random(in: 1...25, using: &random) {
            let minute = Int64.random(in: 0...6, using: &random)
            var run = Sample.run(
                "run-\(i / 2)\(spellings[i % 2])", moods.randomElement(using: &random),
                styles.randomElement(using: &random), minute: minute,
                duration: Bool.random(using: &random) ? Double(Int.random(in: 10...90, using: &random)) : nil)
            run.extra = Bool.random(using: &random) ? Array(#""n":1.50"#.utf8) : []
            events.append(.learn(run))
            if Bool.random(using: &random) {
                events.append(.learn(Sample.run(run.runID, "looked-up", "looked-up", minute: minute, source: .joined)))
            }
            for n in 0..<Int.random(in: 0...3, using: &random) {
                let rating = Rating.allCases.randomElement(using: &random) ?? .good
                let key = n == 0 ? "\(run.runID)/evaluation.json" : "p/\(run.runID)/\(n).json"
                events.append(
                    .evaluate(
                        try Sample.evaluation(
                            run.runID, rating, minute: Int64.random(in: 0...4, using: &random), key: key)))
            }
        }
        var first: [UInt8]?
        for _ in 0..<5 {
            events.shuffle(using: &random)
            var memory = ProjectMemory()
            for event in events {
                event.happen(to: &memory)
                // Making the document in between, as the service does, must not change what comes of it.
                _ = memory.document()
            }
            let bytes = memory.document().bytes
            #expect(first == nil || bytes == first)
            first = bytes
            let frame = try MemoryFrame(json: memory.frame.json)
            let rebuilt = ProjectMemory(
                frame: frame, runs: memory.runs.values.shuffled(using: &random),
                evaluations: Array(memory.evaluations.values))
            #expect(rebuilt.document().bytes == bytes)
        }
    }

    @Test("Runs whose IDs Unicode holds equal are two runs: each is rated, written, withdrawn and dropped for itself")
    func twins() throws {
        let one: Identifier = "caf\u{E9}", other: Identifier = "cafe\u{301}"
        var memory = ProjectMemory()
        memory.learn(Sample.run(one, "a", minute: 0, source: .joined))
        memory.learn(Sample.run(other, "b", minute: 0, source: .joined))
        memory.evaluate(try Sample.evaluation(one, .good))
        memory.evaluate(try Sample.evaluation(other, .bad))
        // By their bytes: the combining mark is the higher one.
        #expect(memory.history.map(\.facts.runID) == [other, one])
        #expect(memory.history.map(\.rating) == [.bad, .good])
        memory.withdraw(try EntryKey("\(other)/evaluation.json"))
        #expect(memory.history.map(\.facts.runID) == [one])
        try memory.write(
            #"{"video_history":[{"runId":"\#(one)","rating":"good"},{"runId":"\#(other)","rating":"bad"}]}"#)
        #expect(memory.history.map(\.facts.runID) == [other, one])
        try memory.write(#"{"video_history":[{"runId":"\#(other)","rating":"bad"}]}"#)
        #expect(memory.history.map(\.facts.runID) == [other])
    }

    @Test("A word of two spellings is one word, shown as the oldest run has it", arguments: [[0, 1], [1, 0]])
    func words(order: [Int]) throws {
        let words = ["caf\u{E9}", "cafe\u{301}"]
        var memory = ProjectMemory()
        for place in order {
            memory.learn(Sample.run("r\(place)", words[place], words[place], minute: Int64(place)))
            memory.evaluate(try Sample.evaluation("r\(place)", .good, minute: Int64(9 - place)))
        }
        #expect(memory.parts().preferences.favoriteMoods.map { Array($0.utf8) } == [Array(words[0].utf8)])
        #expect(memory.parts().patterns.combinations.keys.map { Array($0.mood.text.utf8) } == [Array(words[0].utf8)])
        let suggested = Suggester(memory, now: Timestamp(milliseconds: 0)).suggest(1, seed: 1)
        #expect(suggested.map { Array($0.combination.mood.text.utf8) } == [Array(words[0].utf8)])
        #expect(suggested.first?.trials == 2)
    }

    @Test("What a person chose is never overridden, and null gives it back to learning")
    func preferences() throws {
        var memory = try Sample.memory([
            ("uplifting", "piano", .good), ("uplifting", "piano", .good), ("calm", "drone", .bad),
            ("calm", "drone", .bad),
        ])
        #expect(
            memory.text.contains(
                #""favorite_moods":["uplifting"],"preferred_duration":null,"disliked_music_styles":["drone"]"#))
        try memory.prefer(
            Array(
                #"{"favorite_moods":["calm"],"preferred_duration":4.50e1,"disliked_music_styles":[],"note":{"a":1}}"#
                    .utf8))
        let chosen =
            #"{"favorite_moods":["calm"],"preferred_duration":4.50e1,"disliked_music_styles":[],"note":{"a":1}}"#
        #expect(memory.text.contains(chosen))
        for i in 0..<5 {
            memory.learn(Sample.run("n\(i)", "dark", "drone", duration: 20))
            memory.evaluate(try Sample.evaluation("n\(i)", .good))
        }
        #expect(memory.text.contains(chosen))
        try memory.prefer(
            Array(
                #"{"favorite_moods":null,"preferred_duration":null,"disliked_music_styles":null,"note":{"a":null}}"#
                    .utf8))
        #expect(
            memory.text.contains(
                #"{"favorite_moods":["dark","uplifting"],"preferred_duration":20,"disliked_music_styles":[],"note":{}}"#
            ))
    }

    @Test(
        "A patch that can't be names the field and changes nothing",
        arguments: [
            (#"{"favorite_moods":"calm"}"#, "favorite_moods"), (#"{"favorite_moods":["calm",1]}"#, "favorite_moods[1]"),
            (#"{"preferred_duration":"45"}"#, "preferred_duration"),
            (#"{"preferred_duration":-1}"#, "preferred_duration"), ("[]", "The patch"),
        ])
    func badPatch(patch: String, field: String) throws {
        var memory = ProjectMemory()
        let error = try #require(throws: LarderError.self) { try memory.prefer(Array(patch.utf8)) }
        #expect(error.code == .invalidDocument && error.message.hasPrefix(field), "\(error)")
        #expect(memory == ProjectMemory())
    }

    @Test("The oldest runs leave when the document is full, whatever the order they came in")
    func full() throws {
        let runs = (0..<100).map { Sample.run("run-\($0)", minute: Int64($0)) }
        var sizes: Set<[Identifier]> = []
        for order in [runs, runs.reversed(), runs.shuffled()] {
            var memory = ProjectMemory()
            for run in order {
                memory.learn(run)
                let made = memory.document(limit: 4_000)
                #expect(made.bytes.count <= 4_000)
                for gone in made.dropped { memory.runs[gone] = nil }
            }
            let left = memory.history.map(\.facts.runID)
            #expect(left.last == "run-99" && left.count > 20)
            sizes.insert(left)
        }
        #expect(sizes.count == 1)
    }
}
