package import LarderModel

extension RunFacts {
    /// What is known of a run after this was learned of it.
    /// - Parameter old: what was known before; nil: nothing.
    package func updating(_ old: RunFacts?) -> RunFacts {
        guard let old else { return self }
        // What was told stands above what was looked up, whichever came first.
        if source == .joined, old.source != .joined { return old }
        var new = self
        if old.source == .joined {
            guard source == .joined else { return self }
            // Entries of a run go after a while; what they said stays.
            new.theme = theme ?? old.theme
            new.musicStyle = musicStyle ?? old.musicStyle
            new.mood = mood ?? old.mood
        }
        if new.timestamp == nil {
            new.timestamp = old.timestamp
            new.at = old.at
        }
        new.duration = new.duration ?? old.duration
        new.documentRating = new.documentRating ?? old.documentRating
        if new.extra.isEmpty { new.extra = old.extra }
        return new
    }
}
