import Foundation
import LearningMemory
import Testing

@Suite("Against known success rates")
struct SimulationTests {
    @Test(
        "Within 200 ratings, suggestions reach 90 % of the best possible, and more than chance or the best so far",
        arguments: ["even", "peak", "drawn", "even, other seeds", "peak, other seeds"])
    func reaches(_ name: String) {
        let simulation = name.hasPrefix("even") ? Simulation.even : name.hasPrefix("peak") ? .peak : .drawn
        let seeds = name.hasSuffix("other seeds") ? 1_000..<1_100 : 0..<Simulation.seeds
        // Of the last tenth: a single round of 100 seeds jumps by 2 %.
        func end(_ way: Simulation.Way) -> Double { simulation.curve(way, seeds: seeds).suffix(20).reduce(0, +) / 20 }
        let suggestions = end(.suggestions), bestSoFar = end(.bestSoFar), random = end(.random)
        print("simulation \(name): suggestions \(suggestions), best so far \(bestSoFar), random \(random)")
        #expect(suggestions >= 0.9)
        #expect(suggestions > bestSoFar && bestSoFar > random)
    }

    /// Scripts/plot-memory sets it.
    private static let plotPath = ProcessInfo.processInfo.environment["LARDER_PLOT"]

    @Test(
        "The plot in the documentation is drawn from this run",
        .enabled(if: plotPath != nil, "LARDER_PLOT names no file"))
    func plot() throws {
        let path = try #require(Self.plotPath)
        let simulation = Simulation.even
        let curves = Simulation.Way.allCases.map { (name: $0.rawValue, values: simulation.curve($0)) }
        try CurvePlot.svg(curves, title: "Suggested combinations' success, mean of \(Simulation.seeds) seeds")
            .write(toFile: path, atomically: true, encoding: .utf8)
    }
}
