/// One hot piece of work, alone: what ordo-one's runner times and callgrind counts.
package struct MicroCase: Sendable {
    /// Said when a case's own input is not what the code takes.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let name: String
    /// Whether one step takes a millisecond or so, not microseconds.
    package let isLong: Bool
    /// Makes the input; what it returns is the work, which gives a number that depends on its result, never 0.
    package let prepare: @Sendable () throws -> () -> Int

    package static let all = content + keys + lists + logs
}
