package import LarderModel
import Yams

/// Reads one `Stores/*.yaml` file (contract §3). Every refusal names file and line.
package struct PolicyFile {
    private let file: String

    /// A policy and where its file says so, as `file:line`.
    struct Declaration {
        let policy: Policy
        let namePlace: String
        /// One for each of the policy's `matches`.
        let matchPlaces: [String]
    }

    /// - Parameters:
    ///   - text: the YAML.
    ///   - file: its name, for messages.
    /// - Throws: ``LarderError`` `.invalidPolicy`.
    package static func parse(_ text: String, file: String) throws(LarderError) -> Policy {
        try declaration(text, file: file).policy
    }

    static func declaration(_ text: String, file: String) throws(LarderError) -> Declaration {
        let reader = PolicyFile(file: file)
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            let line = (error as? YamlError).flatMap(reader.line(of:))
            throw LarderError(
                .invalidPolicy, "\(file)\(line.map { ":\($0)" } ?? ""): not YAML: \(reader.words(of: error))")
        }
        guard let root else { throw LarderError(.invalidPolicy, "\(file):1: the file is empty; it must name a store") }
        return try reader.policy(root)
    }

    private func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset, _, let yaml): offset.map { 1 + yaml.prefix($0).count(where: \.isNewline) }
        default: nil
        }
    }

    private func words(of error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, _, _)?, .parser(_, let problem, _, _)?, .composer(_, let problem, _, _)?: problem
        case .duplicatedKeysInMapping(let names, _)?: "the field '\(names.joined(separator: "', '"))' is repeated"
        case .reader(let problem, _, _, _)?: problem
        default: "\(error)"
        }
    }

    // MARK: Fields

    private func policy(_ node: Node) throws(LarderError) -> Declaration {
        let fields = try mapping(
            node, of: "a policy",
            known: ["name", "matches", "description", "compress", "public", "cacheControl", "index", "rules"])
        guard let nameNode = fields["name"] else { throw refuse(node, "'name' is missing") }
        let name = try string(nameNode, "name")
        do { _ = try StoreName(name) } catch { throw refuse(nameNode, error.message) }
        var matches: [Glob] = []
        var matchPlaces: [String] = []
        if let node = fields["matches"] {
            for item in try list(node, "matches") {
                let glob = try glob(item, "matches")
                guard !glob.text.contains("/") else {
                    throw refuse(item, "'\(glob)' holds '/', but store names never do")
                }
                do { _ = try glob.forStores() } catch { throw refuse(item, error.message) }
                guard !matches.contains(glob) else { throw refuse(item, "the pattern '\(glob)' is repeated") }
                matches.append(glob)
                matchPlaces.append(place(item))
            }
            guard !matches.isEmpty else {
                throw refuse(node, "'matches' is empty; leave it out to match the name alone")
            }
        } else {
            matches = [try glob(nameNode, "name")]
            matchPlaces = [place(nameNode)]
        }
        guard let rulesNode = fields["rules"] else {
            throw refuse(node, "'rules' is missing; one rule with keys: \"**\" is enough")
        }
        let policy = Policy(
            name: name, matches: matches,
            summary: try fields["description"].map { node throws(LarderError) in try string(node, "description") }
                ?? "",
            compression: try fields["compress"].map { node throws(LarderError) in try compression(node) } ?? .auto,
            isPublic: try fields["public"].map { node throws(LarderError) in try bool(node, "public") } ?? false,
            cacheControl: try fields["cacheControl"].map { node throws(LarderError) in try cacheControl(node) },
            index: try fields["index"].map { node throws(LarderError) in try index(node) },
            rules: try rules(rulesNode))
        return Declaration(policy: policy, namePlace: place(nameNode), matchPlaces: matchPlaces)
    }

    private func index(_ node: Node) throws(LarderError) -> Policy.Index {
        let fields = try mapping(node, of: "an index", known: ["text", "vector", "fields"])
        var index = Policy.Index()
        if let node = fields["text"] { index.hasWords = try bool(node, "text") }
        if let node = fields["vector"] { index.vector = try vector(node) }
        if let list = fields["fields"] {
            index.fields = []
            for item in try self.list(list, "fields") {
                let field = try string(item, "fields")
                guard !index.fields.contains(where: { $0.utf8.elementsEqual(field.utf8) }) else {
                    throw refuse(item, "the field '\(field)' is repeated")
                }
                index.fields.append(field)
            }
            guard !index.fields.isEmpty else { throw refuse(list, "'fields' is empty: nothing would be found") }
        }
        guard index.hasWords || index.vector != nil else {
            throw refuse(node, "an index needs words (text: true) or a 'vector'; leave 'index' out for neither")
        }
        return index
    }

    private func vector(_ node: Node) throws(LarderError) -> Policy.Index.Vector {
        let fields = try mapping(node, of: "a vector", known: ["dims", "metric", "model"])
        guard let dims = fields["dims"] else { throw refuse(node, "'dims' is missing: how many numbers a vector has") }
        guard let count = dims.int, (1...Policy.Index.Vector.dimsMax).contains(count) else {
            throw refuse(dims, "'dims' must be a whole number from 1 to \(Policy.Index.Vector.dimsMax)")
        }
        var vector = Policy.Index.Vector(dims: count)
        if let node = fields["metric"] {
            guard let metric = Policy.Index.Metric(rawValue: try string(node, "metric")) else {
                throw refuse(node, "'metric' must be cosine, dot or l2")
            }
            vector.metric = metric
        }
        vector.model = try fields["model"].map { node throws(LarderError) in try string(node, "model") }
        return vector
    }

    private func rules(_ node: Node) throws(LarderError) -> [Policy.Rule] {
        var rules: [Policy.Rule] = []
        for item in try list(node, "rules") {
            let rule = try rule(item)
            if let earlier = rules.first(where: { $0.keys.text == rule.keys.text }) {
                throw refuse(item, "the pattern '\(earlier.keys)' is repeated")
            }
            if let earlier = rules.first(where: { $0.keys.covers(rule.keys) }) {
                throw refuse(
                    item, "the rule for '\(rule.keys)' can never apply: the earlier '\(earlier.keys)' covers it whole")
            }
            rules.append(rule)
        }
        guard !rules.isEmpty else { throw refuse(node, "'rules' is empty; one rule with keys: \"**\" is enough") }
        return rules
    }

    /// Fields of a rule that only logs have.
    private static let logFields: Set<String> = [
        "maxEvents", "maxBytes", "states", "stalledAfter", "endedBy", "completeAt",
    ]
    /// Fields of a rule whose logs are runs.
    private static let runFields: Set<String> = ["stalledAfter", "endedBy", "completeAt"]
    /// The keys of runs: a rule of these has runs, whether it says so or not.
    private static let runKeys = "projects/*/runs/*/progress.json"

    private func rule(_ node: Node) throws(LarderError) -> Policy.Rule {
        let fields = try mapping(
            node, of: "a rule",
            known: Self.logFields.union(["keys", "maxSize", "keep", "ttl", "slide", "log", "cacheControl", "versions"]))
        guard let keys = fields["keys"] else { throw refuse(node, "'keys' is missing") }
        let isLog = try fields["log"].map { node throws(LarderError) in try bool(node, "log") } ?? false
        for name in Self.logFields.sorted() {
            if !isLog, let node = fields[name] { throw refuse(node, "'\(name)' is for logs only; add log: true") }
        }
        var rule = Policy.Rule(
            keys: try glob(keys, "keys"),
            maxSize: try fields["maxSize"].map { node throws(LarderError) in try size(node) }
                ?? (isLog ? ByteCount(64_000) : PolicyBook.maxSizeDefault),
            keep: try fields["keep"].map { node throws(LarderError) in try keep(node) } ?? nil,
            ttl: try fields["ttl"].map { node throws(LarderError) in try duration(node, "ttl") },
            slide: try fields["slide"].map { node throws(LarderError) in try slide(node) } ?? .write,
            cacheControl: try fields["cacheControl"].map { node throws(LarderError) in try cacheControl(node) })
        if let node = fields["versions"] {
            guard !isLog else { throw refuse(node, "'versions' is not for logs: they keep events, not versions") }
            rule.versions = try versions(node)
        }
        if isLog { rule.log = try logRule(fields, rule) }
        return rule
    }

    private func logRule(_ fields: [String: Node], _ rule: Policy.Rule) throws(LarderError) -> Policy.LogRule {
        var log = Policy.LogRule()
        if let node = fields["maxEvents"] { log.maxEvents = try events(node) }
        if let node = fields["maxBytes"] {
            let size = try size(node, "maxBytes")
            guard size >= rule.maxSize else {
                throw refuse(node, "'maxBytes' must have room for one event, \(rule.maxSize) by this rule's 'maxSize'")
            }
            log.maxBytes = size
        }
        if let node = fields["states"] {
            log.states = try states(node)
        } else {
            let isOfRuns = rule.keys.text == Self.runKeys || Self.runFields.contains { fields[$0] != nil }
            log.states = isOfRuns ? .run : .none
        }
        for name in Self.runFields.sorted() where log.states == .none {
            if let node = fields[name] { throw refuse(node, "'\(name)' is for logs of runs only; say states: run") }
        }
        if let node = fields["stalledAfter"] { log.stalledAfter = try duration(node, "stalledAfter") }
        if let node = fields["endedBy"] { log.endedBy = try agents(node) }
        if let node = fields["completeAt"] { log.completeAt = try completion(node) }
        return log
    }

    // MARK: Values

    private func place(_ node: Node) -> String { "\(file):\(node.mark?.line ?? 1)" }

    private func refuse(_ node: Node, _ problem: String) -> LarderError {
        LarderError(.invalidPolicy, "\(place(node)): \(problem)")
    }

    private func mapping(_ node: Node, of what: String, known: Set<String>) throws(LarderError) -> [String: Node] {
        guard let mapping = node.mapping else { throw refuse(node, "\(what) must be a mapping of fields") }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string, known.contains(name) else {
                throw refuse(
                    key, "unknown field '\(key.string ?? "?")'; \(what) has \(known.sorted().joined(separator: ", "))")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw refuse(key, "the field '\(name)' is repeated")
            }
        }
        return fields
    }

    private func list(_ node: Node, _ name: String) throws(LarderError) -> [Node] {
        guard let sequence = node.sequence else { throw refuse(node, "'\(name)' must be a list") }
        return Array(sequence)
    }

    private func string(_ node: Node, _ name: String) throws(LarderError) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw refuse(node, "'\(name)' must be text") }
        return text
    }

    private func bool(_ node: Node, _ name: String) throws(LarderError) -> Bool {
        guard let value = node.bool else { throw refuse(node, "'\(name)' must be true or false") }
        return value
    }

    private func glob(_ node: Node, _ name: String) throws(LarderError) -> Glob {
        let text = try string(node, name)
        do { return try Glob(text) } catch { throw refuse(node, error.message) }
    }

    private func compression(_ node: Node) throws(LarderError) -> Policy.Compression {
        guard let value = Policy.Compression(rawValue: try string(node, "compress")) else {
            throw refuse(node, "'compress' must be auto, always or never")
        }
        return value
    }

    private func agents(_ node: Node) throws(LarderError) -> [Identifier] {
        var agents: [Identifier] = []
        for item in try list(node, "endedBy") {
            let agent = Identifier(try string(item, "endedBy"))
            guard !agents.contains(agent) else { throw refuse(item, "the agent '\(agent)' is repeated") }
            agents.append(agent)
        }
        return agents
    }

    private func completion(_ node: Node) throws(LarderError) -> Policy.Completion {
        guard let value = Policy.Completion(rawValue: try string(node, "completeAt")) else {
            throw refuse(node, "'completeAt' must be progress or agent")
        }
        return value
    }

    private func states(_ node: Node) throws(LarderError) -> Policy.States {
        guard let value = Policy.States(rawValue: try string(node, "states")) else {
            throw refuse(node, "'states' must be run or none")
        }
        return value
    }

    private func slide(_ node: Node) throws(LarderError) -> Policy.Slide {
        guard let value = Policy.Slide(rawValue: try string(node, "slide")) else {
            throw refuse(node, "'slide' must be write or read")
        }
        return value
    }

    private func cacheControl(_ node: Node) throws(LarderError) -> CacheControl {
        let text = try string(node, "cacheControl")
        do { return try CacheControl(text) } catch { throw refuse(node, "'cacheControl': \(error.message)") }
    }

    private func size(_ node: Node, _ name: String = "maxSize") throws(LarderError) -> ByteCount {
        guard let value = ByteCount(parsing: try string(node, name)), value.bytes > 0,
            value <= PolicyBook.maxSizeDefault
        else {
            throw refuse(
                node, "'\(name)' must be a size such as 10MB (decimal KB, MB, GB), at most \(PolicyBook.maxSizeDefault)"
            )
        }
        return value
    }

    private func keep(_ node: Node) throws(LarderError) -> Duration? {
        if node.scalar?.string == "forever" { return nil }
        return try duration(node, "keep")
    }

    private func duration(_ node: Node, _ name: String) throws(LarderError) -> Duration {
        guard let value = Duration(parsing: try string(node, name)) else {
            throw refuse(
                node, "'\(name)' must be a duration such as 90d (s, m, h, d)" + (name == "keep" ? " or forever" : ""))
        }
        return value
    }

    private func versions(_ node: Node) throws(LarderError) -> KeptVersions {
        if let count = node.int, (1...KeptVersions.countMax).contains(count) { return .newest(count) }
        guard node.int == nil, let text = node.scalar?.string, let period = Duration(parsing: text) else {
            throw refuse(
                node,
                "'versions' must be a whole number from 1 to \(KeptVersions.countMax), "
                    + "or a duration such as 30d (s, m, h, d)")
        }
        return .period(period)
    }

    /// How many events a log keeps; nil: all.
    private func events(_ node: Node) throws(LarderError) -> Int? {
        if node.scalar?.string == "unlimited" { return nil }
        guard let value = node.int, (1...1_000_000).contains(value) else {
            throw refuse(node, "'maxEvents' must be a whole number from 1 to 1000000, or unlimited")
        }
        return value
    }
}
