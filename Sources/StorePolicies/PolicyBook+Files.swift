package import LarderModel

extension PolicyBook {
    /// - Parameters:
    ///   - files: name and text of each `Stores/*.yaml` file.
    ///   - areShipped: whether the binary carries them.
    /// - Throws: ``LarderError`` `.invalidPolicy` with file and line.
    package init(files: [(name: String, text: String)], areShipped: Bool = false) throws(LarderError) {
        var declarations: [PolicyFile.Declaration] = []
        var policies: [Policy] = []
        for file in files {
            let new = try PolicyFile.declaration(file.text, file: file.name)
            for old in declarations { try Self.refuseClash(of: new, with: old) }
            declarations.append(new)
            var policy = new.policy
            policy.source = Policy.Source(file: Self.lastPart(file.name), isShipped: areShipped)
            policies.append(policy)
        }
        try self.init(policies, from: files.map { File(name: Self.lastPart($0.name), text: $0.text) })
    }

    private static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map { String($0) } ?? "" }

    /// What ``init(_:)`` refuses too, in words that say where.
    private static func refuseClash(of new: PolicyFile.Declaration, with old: PolicyFile.Declaration)
        throws(LarderError)
    {
        guard new.policy.name != old.policy.name else {
            throw LarderError(
                .invalidPolicy, "\(new.namePlace): the policy name '\(new.policy.name)' is taken by \(old.namePlace)")
        }
        for (i, pattern) in new.policy.matches.enumerated() {
            guard let taken = old.policy.matches.firstIndex(where: { $0.overlaps(pattern) }) else { continue }
            throw LarderError(
                .invalidPolicy,
                """
                \(new.matchPlaces[i]): '\(pattern)' of policy '\(new.policy.name)' claims store names that \
                '\(old.policy.matches[taken])' of policy '\(old.policy.name)' (\(old.matchPlaces[taken])) claims too; \
                make the patterns distinct
                """)
        }
    }
}
