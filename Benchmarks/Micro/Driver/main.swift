import Glibc
import MicroCases

// `micro list` gives the names of the cases. `micro times SECONDS` times each for so long and prints the median of one
// step. `micro CASE COUNT` does one of them so many times: what callgrind counts the instructions of.

private let words = Array(CommandLine.arguments.dropFirst())

/// Batches of the case's steps, one after the other; of several batches the median, which a machine that is busy with
/// something else now and then does not change.
private func time(_ micro: MicroCase, for duration: Duration) throws {
    let step = try micro.prepare()
    let clock = ContinuousClock()
    let end = clock.now + duration
    var sum = 0
    var batches: [Duration] = []
    repeat {
        batches.append(clock.measure { for _ in 0..<micro.steps { sum &+= step() } })
    } while clock.now < end
    try check(sum, micro)
    batches.sort()
    let nanoseconds = batches[batches.count / 2] / .nanoseconds(1) / Double(micro.steps)
    print("\(Int(nanoseconds.rounded())) ns \(micro.name)")
}

private func run(_ micro: MicroCase, _ count: Int) throws {
    let step = try micro.prepare()
    var sum = 0
    for _ in 0..<count { sum &+= step() }
    if count > 0 { try check(sum, micro) }
}

private func check(_ sum: Int, _ micro: MicroCase) throws {
    guard sum != 0 else { throw MicroCase.Failure(description: "\(micro.name) did nothing") }
}

if words == ["list"] {
    for micro in MicroCase.all { print(micro.steps, micro.name) }
} else if words.count == 2, words[0] == "times", let seconds = Double(words[1]), seconds >= 0 {
    for micro in MicroCase.all { try time(micro, for: .seconds(seconds)) }
} else if words.count == 2, let count = Int(words[1]), count >= 0,
    let micro = MicroCase.all.first(where: { $0.name == words[0] })
{
    try run(micro, count)
} else {
    print("usage: micro list | micro times SECONDS | micro CASE COUNT")
    exit(2)
}
