import Retrieval
import Testing

@Suite("A vector that can't be taken")
struct VectorFaultTests {
    private static let cases: [([Float], VectorMetric, VectorFault?)] = [
        ([1, 2], .cosine, .wrongDims(found: 2, expected: 3)),
        ([], .dot, .wrongDims(found: 0, expected: 3)),
        ([1, 2, 3, 4], .l2, .wrongDims(found: 4, expected: 3)),
        ([1, .nan, .infinity], .cosine, .notFinite(place: 1)),
        ([1, 2, -.infinity], .dot, .notFinite(place: 2)),
        ([.nan, 2, 3], .l2, .notFinite(place: 0)),
        ([0, -0.0, 0], .cosine, .zero),
        ([0, 0, 0], .dot, nil),
        ([0, 0, 0], .l2, nil),
        ([.leastNonzeroMagnitude, 0, 0], .cosine, nil),
        ([.greatestFiniteMagnitude, .greatestFiniteMagnitude, 1], .cosine, nil),
        ([0x1p62, 0, 0], .dot, nil),
        ([0x1p62, 0x1p60, 0], .dot, .tooLong),
        ([0, 0, 0x1.000002p62], .l2, .tooLong),
    ]

    @Test("is refused with what is wrong, by each way in, and leaves the table as it was", arguments: cases)
    func refusals(vector: [Float], metric: VectorMetric, fault: VectorFault?) throws {
        var table = VectorTable(dims: 3, metric: metric)
        try table.append([1, 2, 3])
        let ways: [(inout VectorTable) throws -> Void] = [
            { _ in try VectorTable.check(vector, dims: 3, metric: metric) },
            { table in _ = try table.question(vector) },
            { table in try table.append(vector) },
            { table in try table.append(bytes: vector.littleEndianBytes) },
        ]
        for (number, way) in ways.enumerated() {
            let count = table.count
            var found: VectorFault?
            do { try way(&table) } catch { found = error as? VectorFault }
            #expect(found == fault, "way \(number)")
            #expect(table.count == count + (fault == nil && number >= 2 ? 1 : 0))
        }
        try table.append([3, 2, 1])
        var scores: [(row: Int, score: Float)] = []
        table.scores(of: try table.question([3, 2, 1]), in: RowSet(0..<10), into: &scores)
        #expect(scores.count == table.count && scores.allSatisfy { $0.score.isFinite })
    }

    @Test("may also be bytes that are no floats")
    func oddBytes() {
        var table = VectorTable(dims: 3, metric: .dot)
        #expect(throws: VectorFault.wrongSize(bytes: 11)) { try table.append(bytes: [UInt8](repeating: 0, count: 11)) }
        #expect(table.count == 0)
    }

    @Test("at the largest length still has finite scores", arguments: [VectorMetric.dot, .l2])
    func largest(metric: VectorMetric) throws {
        var table = VectorTable(dims: 3, metric: metric)
        try table.append([0x1p62, 0, 0])
        try table.append([-0x1p62, 0, 0])
        let question = try table.question([0x1p62, 0, 0])
        var bounds: [(row: Int, bound: Float)] = []
        table.upperBounds(of: question, in: RowSet(0..<2), into: &bounds)
        for row in 0..<2 {
            let score = try #require(table.score(row, of: question))
            #expect(score.isFinite && bounds[row].bound.isFinite && score <= bounds[row].bound)
        }
    }
}
