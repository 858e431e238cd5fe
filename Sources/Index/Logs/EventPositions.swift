/// How far the positions of events are given, as one state of the index shows it.
package struct EventPositions: Sendable, Hashable {
    /// Up to here no event will come any more: who has read so far has missed none.
    package var settled: Int64
    /// No event has a position behind this one. Where it is larger than ``settled``, transactions are under way that
    /// may give what lies between.
    package var given: Int64

    package init(settled: Int64, given: Int64) {
        self.settled = settled
        self.given = given
    }

    /// Whether all that was given is settled.
    package var areSettled: Bool { settled >= given }
}
