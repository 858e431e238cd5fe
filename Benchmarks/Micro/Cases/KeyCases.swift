import LarderModel

extension MicroCase {
    /// Keys on their way in and out of a path.
    static let keys = [
        MicroCase(name: "key codec, plain", steps: 1_000) {
            try codec("projects/acme/runs/run_1778393567000_7bb2d4/scene-04/take-2.json")
        },
        MicroCase(name: "key codec, escaped", steps: 1_000) {
            try codec("projects/Überfahrt 3/runs/run 17/Szene «4»/夜.json")
        },
    ]

    private static func codec(_ text: String) throws -> () -> Int {
        let wire = Array(PercentCoding.encode(text.utf8).utf8)
        let key = try EntryKey(text)
        return {
            let decoded = try? EntryKey(bytes: PercentCoding.decode(wire))
            return PercentCoding.encode((decoded ?? key).bytes).utf8.count
        }
    }
}
