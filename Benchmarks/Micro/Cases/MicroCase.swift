/// One hot piece of work, alone: what the driver times and callgrind counts.
package struct MicroCase: Sendable {
    /// Said when a case's own input is not what the code takes.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let name: String
    /// Steps that a timer takes together: 1,000 where one takes microseconds, 1 where it takes a millisecond or so.
    package let steps: Int
    /// Makes the input; what it returns is the work, which gives a number that depends on its result, never 0.
    package let prepare: @Sendable () throws -> () -> Int

    package static let all = content + keys + lists + logs + retrieval
}
