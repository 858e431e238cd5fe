import Index
import LarderModel

extension ProjectMemory {
    /// A project's memory as the index has it; an empty one for a new project.
    init(_ name: MemoryName, _ reader: IndexReader) throws {
        let frame = try reader.memoryFrame(name).map { try MemoryFrame(json: $0.frame) } ?? MemoryFrame()
        self.init(frame: frame, runs: try reader.memoryRuns(name), evaluations: try reader.memoryEvaluations(name))
    }
}
