import LarderModel

extension StoreSummary {
    /// A store as the native face shows it, with the policy that holds for it.
    func write(_ policy: Policy, to out: inout JSONWriter) {
        out.object { out in
            out.field("name", quoting: name.bytes)
            out.name("policy")
            policy.write(to: &out)
            out.field("entries", entries)
            out.field("bytes", bytes)
            out.field("storedBytes", storedBytes)
            if let namespace { out.field("namespace", namespace.description) }
            out.name("removed")
            out.object { out in
                out.field("cap", removed.cap)
                out.field("cleanup", removed.cleanup)
                out.field("expired", removed.expired)
            }
        }
    }
}

extension Policy {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("name", name)
            out.field("description", summary)
            out.field("compress", compression.rawValue)
            out.field("public", isPublic)
            if let cacheControl { out.field("cacheControl", cacheControl.text) }
            if let source {
                out.field("file", source.file)
                out.field("builtIn", source.isShipped)
            }
            out.name("rules")
            out.array(rules) { $1.write(to: &$0) }
        }
    }
}

extension Policy.Rule {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("keys", keys.text)
            out.field("maxSize", maxSize.bytes)
            out.field("keep", keep?.policyText)
            if let ttl { out.field("ttl", ttl.policyText) }
            if slide == .read { out.field("slide", slide.rawValue) }
            if let log {
                out.field("log", true)
                log.write(to: &out)
            }
            if let cacheControl { out.field("cacheControl", cacheControl.text) }
            switch versions {
            case nil: break
            case .newest(let count)?: out.field("versions", count)
            case .period(let period)?: out.field("versions", period.policyText)
            }
        }
    }
}

extension Policy.LogRule {
    fileprivate func write(to out: inout JSONWriter) {
        if let maxEvents { out.field("maxEvents", maxEvents) } else { out.field("maxEvents", "unlimited") }
        if let maxBytes { out.field("maxBytes", maxBytes.bytes) }
        out.field("states", states.rawValue)
        guard states == .run else { return }
        out.field("stalledAfter", stalledAfter.policyText)
        if let endedBy {
            out.name("endedBy")
            out.array(endedBy) { $0.value($1.text) }
        }
        out.field("completeAt", completeAt.rawValue)
    }
}
