import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import LarderServer

@Suite("Fuzz: JSON, metadata and merge patches")
struct JSONTests {
    @Test(
        "what is read as JSON has the value that Foundation reads, on one line, in ASCII and in its canonical form, too"
    )
    func forms() {
        Fuzz.run(1_500) { dice in
            let text = dice.json().bytes
            let value = try JSONText.check(text)
            let theirs = foundation(text)
            try Fuzz.require(theirs != nil, "Foundation refuses \(text.text)")
            let body = Array(text[value.range])
            try Fuzz.require(foundation(JSONText.onOneLine(body[...])) == theirs, "one line: \(text.text)")
            let ascii = JSONText.asciiOnly(body)
            try Fuzz.require(ascii.allSatisfy { $0 < 0x7F } && foundation(ascii) == theirs, "ASCII: \(text.text)")
            let canonical = try CanonicalJSON.text(of: value, in: text)
            let again = try CanonicalJSON.text(of: try JSONText.check(canonical), in: canonical)
            try Fuzz.require(
                canonical == again && foundation(canonical) == theirs, "canonical: \(text.text) is \(canonical.text)")
        }
    }

    @Test("a string comes back from quoting")
    func strings() {
        Fuzz.run(2_000) { dice in
            let text = dice.text(0...20).bytes
            let quoted = JSONText.quote(text)
            try Fuzz.require(JSONText.unescape(quoted.dropFirst().dropLast()) == text, "\(text)")
            try Fuzz.require((foundation(quoted) as? String)?.utf8.elementsEqual(text) == true, "\(text)")
        }
    }

    @Test("damaged JSON is refused with a place, or is JSON; whatever its escapes hold, it can be written again")
    func damaged() throws {
        let corpus = try Fuzz.corpus("json")
        Fuzz.run(4_000) { dice in
            let text = dice.damaged(dice.once(in: 2) ? dice.pick(corpus) : dice.json().bytes, words: Seeded.jsonWords)
            do throws(LarderError) {
                let value = try JSONText.check(text)
                try Self.walk(value, text)
            } catch {
                guard error.code == .notJSON, error.message.contains("UTF-8") || error.message.contains("at byte ")
                else {
                    throw Fuzz.Broken(description: "\(text): \(error)")
                }
            }
        }
    }

    /// Cuts all of it out, as the server does.
    private static func walk(_ value: JSONText.Value, _ text: [UInt8]) throws(LarderError) {
        switch value.kind {
        case .array: for item in try JSONText.items(of: value, in: text) { try walk(item, text) }
        case .object:
            for member in try JSONText.members(of: value, in: text) {
                try isWritable(Array(member.name))
                try walk(member.value, text)
            }
        case .string:
            try isWritable(JSONText.unescape(text[value.range].dropFirst().dropLast()))
        case .number, .literal: break
        }
    }

    private static func isWritable(_ characters: [UInt8]) throws(LarderError) {
        let quoted = JSONText.quote(characters)
        guard try JSONText.check(quoted).kind == .string,
            JSONText.unescape(quoted.dropFirst().dropLast()) == characters
        else { throw LarderError(.internalError, "a string that can't be written again") }
    }

    @Test("nesting is bounded, whatever nests", arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
    func depth(open: String, close: String) throws {
        let levels = open.utf8.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") })
        for count in [1, 31, 32, 33, 63, 64, 65, 1_000, 200_000] {
            let text = String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
            // The innermost value is a level, too.
            #expect(
                ((try? JSONText.check(text.bytes)) != nil) == (count * levels < JSONText.depthDefault),
                "\(count) × \(open)"
            )
        }
    }

    // MARK: Metadata

    @Test("metadata comes back from either header, which is a clean line of ASCII")
    func metadata() {
        Fuzz.run(1_500) { dice in
            let text = dice.jsonObject().bytes
            guard text.count <= Metadata.maxBytes else { return }
            let metadata = try Metadata(json: text)
            for header in [metadata.nativeHeader, metadata.netlifyHeader] {
                try Fuzz.require(
                    header.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 9 },
                    "\(header.debugDescription) can't travel")
            }
            try Fuzz.require(
                try Metadata(netlifyHeader: metadata.netlifyHeader, maxDepth: JSONText.depthDefault) == metadata,
                text.text)
            // The native header writes what is not ASCII as escapes: the value is the same, the text may be longer.
            if metadata.nativeHeader.utf8.count <= Metadata.maxBytes {
                let back = try Metadata(nativeHeader: metadata.nativeHeader, maxDepth: JSONText.depthDefault)
                try Fuzz.require(foundation(back.object) == foundation(metadata.object), text.text)
            }
        }
    }

    @Test("damaged metadata is refused, or is an object that travels")
    func damagedMetadata() throws {
        let corpus = try Fuzz.corpus("json")
        Fuzz.run(3_000) { dice in
            let text = dice.damaged(
                dice.once(in: 2) ? dice.pick(corpus) : dice.jsonObject().bytes, words: Seeded.jsonWords)
            do throws(LarderError) {
                let metadata = try Metadata(json: text)
                let isClean = (metadata.nativeHeader + metadata.netlifyHeader).utf8.allSatisfy {
                    (0x20...0x7E).contains($0) || $0 == 9
                }
                guard isClean, metadata.object.first == UInt8(ascii: "{") else {
                    throw LarderError(.internalError, "it can't travel")
                }
                _ = metadata.contentType.map { MediaType.isRunnable($0) }
            } catch { try Fuzz.require(error.code == .invalidMetadata, "\(text.text): \(error)") }
            do throws(LarderError) {
                _ = try Metadata(netlifyHeader: "b64;" + text.text, maxDepth: JSONText.depthDefault)
            } catch {
                try Fuzz.require(error.code == .invalidMetadata, "\(error)")
            }
        }
    }

    // MARK: Merge patches (RFC 7396)

    private static func value(_ json: [UInt8]) -> NSObject? { foundation(json) }

    @Test("a patch patches once: again changes nothing; an empty one changes nothing; a missing target is an empty one")
    func algebra() {
        Fuzz.run(1_500) { dice in
            let (patch, target) = (dice.json().bytes, dice.json().bytes)
            let once = try MergePatch.apply(patch, to: target)
            try Fuzz.require(
                Self.value(try MergePatch.apply(patch, to: once)) == Self.value(once),
                "\(patch.text) twice on \(target.text)")
            if try JSONText.check(target).kind == .object {
                try Fuzz.require(
                    Self.value(try MergePatch.apply("{}".bytes, to: target)) == Self.value(target), target.text)
            }
            if try JSONText.check(patch).kind == .object {
                let fresh = try MergePatch.apply(patch, to: nil)
                try Fuzz.require(
                    fresh == (try MergePatch.apply(patch, to: "{}".bytes))
                        && fresh == (try MergePatch.apply(patch, to: "[1]".bytes)), patch.text)
            }
        }
    }

    @Test("the difference of two documents, as a patch, makes the one of the other")
    func difference() {
        func diff(_ from: Any, _ to: Any) -> Any {
            guard let from = from as? [String: Any], let to = to as? [String: Any] else { return to }
            var patch: [String: Any] = [:]
            for name in from.keys where to[name] == nil { patch[name] = NSNull() }
            for (name, value) in to { patch[name] = from[name].map { diff($0, value) } ?? value }
            return patch
        }
        Fuzz.run(1_500) { dice in
            // Null can't be a value that a patch sets.
            let (from, to) = (dice.jsonObject(nulls: false).bytes, dice.jsonObject(nulls: false).bytes)
            let (a, b) = (
                try JSONSerialization.jsonObject(with: Data(from)), try JSONSerialization.jsonObject(with: Data(to))
            )
            let patch = Array(try JSONSerialization.data(withJSONObject: diff(a, b), options: .fragmentsAllowed))
            let patched = try MergePatch.apply(patch, to: from)
            try Fuzz.require(
                foundation(patched) == foundation(to),
                "\(patch.text) on \(from.text) gives \(patched.text), not \(to.text)")
        }
    }

    @Test("damaged patches and targets are refused as such, or merged to JSON")
    func damagedPatch() throws {
        let corpus = try Fuzz.corpus("json")
        Fuzz.run(2_000) { dice in
            let patch = dice.damaged(
                dice.once(in: 2) ? dice.pick(corpus) : dice.jsonObject().bytes, words: Seeded.jsonWords, times: 0...2)
            let target = dice.damaged(dice.jsonObject().bytes, words: Seeded.jsonWords, times: 0...2)
            do throws(LarderError) { _ = try JSONText.check(try MergePatch.apply(patch, to: target)) } catch {
                try Fuzz.require(
                    error.code == .notJSON && !error.message.contains("nests"),
                    "\(patch.text) on \(target.text): \(error)")
            }
        }
    }
}
