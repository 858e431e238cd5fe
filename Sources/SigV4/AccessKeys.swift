/// Keys that a service of AWS's kind knows its callers by. Printed or logged they say nothing.
package struct AccessKeys: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let id: String
    let secret: String
    /// Goes with keys that were lent for a time; nil: they were not.
    let sessionToken: String?

    /// - Parameter sessionToken: empty counts as none.
    package init(id: String, secret: String, sessionToken: String? = nil) {
        self.id = id
        self.secret = secret
        self.sessionToken = sessionToken.flatMap { $0.isEmpty ? nil : $0 }
    }

    package var description: String { "(access keys)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
