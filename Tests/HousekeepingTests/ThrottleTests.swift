import LarderModel
import Testing

@testable import Housekeeping

@Suite("The throttle of a job")
struct ThrottleTests {
    /// A job of many things, each of which holds the writer for 50 µs and each step for a millisecond more, beside
    /// clients with steady rates.
    private struct Run {
        var elapsed = Duration.zero
        var held = Duration.zero
        var longestStep = Duration.zero
        var longestPause = Duration.zero
        var scatteredSteps = 0
        var steps = 0

        init(_ things: Int64, isUrgent: Bool, writes: Double = 0, reads: Double = 0) {
            let begun = ContinuousClock.now
            var throttle = Throttle(sizes: 8...2_048, isUrgent: isUrgent, now: begun)
            var remaining = things
            while remaining > 0 {
                let step = Duration.milliseconds(1) + .microseconds(50) * throttle.size
                remaining -= Int64(throttle.size)
                steps += 1
                elapsed += step
                held += step
                // What a job does before it knows of clients says nothing of its pace.
                if steps > 8 { longestStep = max(longestStep, step) }
                let traffic = Throttle.Traffic(
                    at: begun + elapsed, writes: writes * elapsed.seconds + Double(steps),
                    reads: Int64(reads * elapsed.seconds))
                let decision = throttle.decide(after: step, remaining: remaining, traffic)
                if decision.isScattered { scatteredSteps += 1 }
                longestPause = max(longestPause, decision.pause)
                elapsed += decision.pause
            }
        }
        var share: Double { held / elapsed }
    }

    @Test(
        "Due by itself, a job holds the writer for half a percent of the time beside 500 writes a second, and ends within the hour"
    )
    func unhurried() {
        let run = Run(60_000, isUrgent: false, writes: 500)
        #expect(run.share < 0.0055)
        #expect(run.longestStep <= .milliseconds(2))
        #expect(run.elapsed < .seconds(3_600))
        #expect(run.scatteredSteps <= 1)
    }

    @Test(
        "With too much to do for that, it takes what it needs to end within the hour, up to a tenth",
        arguments: [300_000, 1_000_000, 2_000_000])
    func behind(_ things: Int64) {
        let run = Run(things, isUrgent: false, writes: 500)
        #expect(run.share > 0.0055)
        #expect(run.share < 0.11)
        #expect(run.elapsed < .seconds(3_700))
    }

    @Test("What can't end within the hour goes on with a tenth of the writer")
    func late() {
        let run = Run(10_000_000, isUrgent: false, writes: 500)
        #expect(run.share > 0.08)
        #expect(run.share < 0.11)
        #expect(run.scatteredSteps > run.steps / 2)
    }

    @Test("The fewer writes there are, the sooner it is done; beside reads alone it holds the writer for a tenth")
    func lighter() {
        let none = Run(20_000, isUrgent: false), few = Run(20_000, isUrgent: false, writes: 10),
            many = Run(20_000, isUrgent: false, writes: 500)
        #expect(none.elapsed < few.elapsed)
        #expect(few.elapsed < many.elapsed)
        let reads = Run(20_000, isUrgent: false, reads: 10_000)
        #expect(reads.share > 0.09)
        #expect(reads.share < 0.11)
    }

    @Test("With nobody at work it hardly pauses, and takes longer steps")
    func quiet() {
        for isUrgent in [true, false] {
            let run = Run(100_000, isUrgent: isUrgent)
            #expect(run.share > 0.8)
            #expect(run.longestStep > .milliseconds(15))
        }
    }

    @Test(
        "A job that somebody waits for takes half of the writer beside 500 writes a second, in steps of ten milliseconds"
    )
    func urgent() {
        let run = Run(100_000, isUrgent: true, writes: 500)
        #expect(run.share > 0.4)
        #expect(run.share < 0.6)
        #expect(run.longestStep <= .milliseconds(12))
    }

    @Test("One step that took long makes no long pause")
    func spike() {
        let begun = ContinuousClock.now
        var throttle = Throttle(sizes: 8...2_048, isUrgent: false, now: begun)
        _ = throttle.decide(after: .milliseconds(2), remaining: 1_000, .init(at: begun, writes: 0, reads: 0))
        let decision = throttle.decide(
            after: .seconds(3), remaining: 1_000, .init(at: begun + .seconds(1), writes: 1_000, reads: 0))
        #expect(decision.pause == Throttle.pauseMax)
    }
}
