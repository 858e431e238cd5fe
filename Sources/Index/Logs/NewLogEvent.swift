package import LarderModel

/// An event on its way into a log: checked, on one line, with what its fields say.
package struct NewLogEvent: Sendable, Hashable {
    /// JSON text of an object on one line.
    package let json: [UInt8]
    /// First 16 bytes of the SHA-256 of its canonical form: equal for equal values, however they are written.
    package let fingerprint: Fingerprint
    /// What it says of its run; of a log that is none, nothing.
    package let signal: RunSignal
    /// When it happened, where it says so.
    package let at: Timestamp?
    /// Who speaks, in UTF-8; nil: it does not say.
    package let role: [UInt8]?
    /// What is searched of it; nil: nothing.
    package let item: NewItem?

    package init(
        json: [UInt8], fingerprint: Fingerprint, signal: RunSignal, at: Timestamp? = nil, role: [UInt8]? = nil,
        item: NewItem? = nil
    ) {
        self.json = json
        self.fingerprint = fingerprint
        self.signal = signal
        self.at = at
        self.role = role
        self.item = item
    }
}
