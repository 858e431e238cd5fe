import Glibc
import MicroCases

// `micro list` gives a line for each case: the steps that a timer takes together, and the name. `micro CASE COUNT` does
// one of them so many times and prints the nanoseconds each took: what callgrind counts the instructions of.
// `micro all COUNT` does each.

private let arguments = CommandLine.arguments.dropFirst()

private func run(_ micro: MicroCase, _ count: Int) throws {
    let step = try micro.prepare()
    var sum = 0
    let elapsed = ContinuousClock().measure {
        for _ in 0..<count { sum &+= step() }
    }
    guard count > 0 else { return }
    guard sum != 0 else { throw MicroCase.Failure(description: "\(micro.name) did nothing") }
    let nanoseconds = elapsed.components.seconds * 1_000_000_000 + elapsed.components.attoseconds / 1_000_000_000
    print("\(nanoseconds / Int64(count)) ns \(micro.name)")
}

switch (arguments.first, arguments.dropFirst().first.flatMap { Int($0) }) {
case ("list", nil):
    for micro in MicroCase.all { print(micro.steps, micro.name) }
case ("all", let count?) where count >= 0:
    for micro in MicroCase.all { try run(micro, count) }
case (let name?, let count?) where count >= 0 && MicroCase.all.contains { $0.name == name }:
    for micro in MicroCase.all where micro.name == name { try run(micro, count) }
default:
    print("usage: micro list | micro CASE COUNT | micro all COUNT")
    exit(2)
}
