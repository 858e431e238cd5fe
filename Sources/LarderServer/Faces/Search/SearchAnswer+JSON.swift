import LarderModel
import Vaults

extension SearchAnswer {
    /// - Parameter rendering: also puts the hits into a text, as of a time.
    func write(to out: inout JSONWriter, rendered rendering: (form: Rendering, now: Timestamp)?) {
        out.object { out in
            out.name("hits")
            out.array(hits) { $1.write(to: &$0) }
            if let windows {
                out.name("windows")
                out.object { out in
                    for (name, count) in windows {
                        out.name(quoting: name.utf8)
                        out.value(count)
                    }
                }
            }
            out.field("mode", mode.rawValue)
            out.name("skipped")
            out.object { $0.field("otherModel", otherModel) }
            guard let rendering else { return }
            let (text, tokens) = rendering.form.text(of: hits, now: rendering.now)
            out.field("context", text)
            out.field("tokens", tokens)
        }
    }
}

extension SearchAnswer.Hit {
    func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("store", quoting: store.bytes)
            out.field("key", quoting: key.bytes)
            if let sequence { out.field("seq", sequence) }
            if let passage { out.field("passage", passage) }
            out.field("at", at)
            out.field("score", number: score)
            out.name("ranks")
            out.object { out in
                if let wordsRank { out.field("words", wordsRank) }
                if let meaningRank { out.field("meaning", meaningRank) }
            }
            if let window { out.field("window", window) }
            if let role { out.field("role", quoting: role) }
            out.field("text", quoting: text)
            out.field("metadata", raw: metadata)
        }
    }
}
