import LarderModel

/// An event on its way into a log: checked, on one line, with what its fields say of the run.
package struct NewLogEvent: Sendable, Hashable {
    /// JSON text of an object on one line.
    package let json: [UInt8]
    /// First 16 bytes of the SHA-256 of its canonical form: equal for equal values, however they are written.
    package let fingerprint: Fingerprint
    package let signal: RunSignal

    package init(json: [UInt8], fingerprint: Fingerprint, signal: RunSignal) {
        self.json = json
        self.fingerprint = fingerprint
        self.signal = signal
    }
}
