extension Policy.Rule {
    /// When what a write makes is to end, and how far each later write, and where ``slide`` says so each read, puts
    /// that off.
    /// - Parameter asked: what the write itself asks for, which goes before the rule; ``Expiry/never``: nothing.
    package func end(_ asked: Expiry) -> (expiry: Expiry, ttl: Duration?) {
        switch asked {
        case .never: ttl.map { (.after($0), $0) } ?? (.never, nil)
        case .after(let lifetime): (asked, ttl != nil || slide == .read ? lifetime : nil)
        case .at: (asked, nil)
        }
    }
}

extension Entry {
    /// What a change of a part of it asks for: that it ends as far ahead as before, or when it was to end anyway.
    package var renewal: Expiry { ttl.map { .after($0) } ?? expiresAt.map { .at($0) } ?? .never }
}
