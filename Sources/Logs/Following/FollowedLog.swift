package import LarderModel

/// A log as its followers know it.
package enum FollowedLog: Sendable {
    /// A run, by its IDs.
    case run(RunName)
    /// Any log, by its store and key.
    /// - Parameter isRun: whether its events say how it goes.
    case log(StoreName, EntryKey, isRun: Bool)

    package var isRun: Bool { if case .log(_, _, let isRun) = self { isRun } else { true } }

    /// What it is called, as the beginning of a JSON object: `{"projectId":…,"runId":…` or `{"store":…,"key":…`.
    var ids: [UInt8] {
        var out: [UInt8] = []
        func add(_ opening: String, _ text: [UInt8]) {
            out.append(contentsOf: opening.utf8)
            JSONText.appendQuoted(text, to: &out)
        }
        switch self {
        case .run(let run):
            add(#"{"projectId":"#, run.project.bytes)
            add(#","runId":"#, run.run.bytes)
        case .log(let store, let key, _):
            add(#"{"store":"#, store.bytes)
            add(#","key":"#, isValidUTF8(key.bytes) ? key.bytes : Array(key.text.utf8))
        }
        return out
    }
}
