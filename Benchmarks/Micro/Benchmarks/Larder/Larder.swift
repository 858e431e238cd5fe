import Benchmark
import MicroCases

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal], maxDuration: .seconds(1), maxIterations: 1_000_000)
    for micro in MicroCase.all {
        Benchmark(micro.name, configuration: .init(scalingFactor: micro.steps == 1 ? .one : .kilo)) { benchmark in
            let step = try micro.prepare()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(step()) }
            benchmark.stopMeasurement()
        }
    }
}
