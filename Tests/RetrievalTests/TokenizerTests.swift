import LarderTestSupport
import Retrieval
import Testing

@Suite("Words of a text")
struct TokenizerTests {
    private static let spaced: [(String, String)] = [
        ("", ""), (" \n\t", ""), ("…!?", ""), ("The Cat sat.", "the cat sat"),
        ("CAFÉ café cafe\u{301} Cafe", "cafe cafe cafe cafe"),
        ("Straße STRASSE STRAẞE", "strasse strasse strasse"),
        ("İstanbul ISTANBUL ıstanbul istanbul", "istanbul istanbul istanbul istanbul"),
        ("Ångström Øre Łódź Đuro œuvre Æon þing", "angstrom ore lodz duro oeuvre aeon thing"),
        ("ﬁne ﬂow Ⅳ", "fine flow iv"), ("Việt Nam", "viet nam"), ("ǅ ǆ", "dz dz"),
        ("Ὀδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"), ("Ёлка елка Йод", "елка елка иод"),
        ("ԵՐԵՎԱՆ", "երեվան"), ("שָׁלוֹם שלום", "שלום שלום"), ("مُحَمَّد محمد كتـــاب", "محمد محمد كتاب"),
        ("हिन्दी में", "हिन्दी में"), ("٣٤ ३४ ３４ 34", "34 34 34 34"), ("x² H₂O", "x2 h2 o h2o"),
        ("ＡＢＣ　ｘ＿ｙ", "abc x y xy"), ("soft\u{AD}hyphen zero\u{200D}joiner", "softhyphen zerojoiner"),
        ("don't don’t l'ami o'clock Rock'n'Roll", "don dont don dont ami lami clock oclock rock roll rocknroll"),
        ("I am 42 years", "i am 42 years"), ("1,000 and 3.14", "1 000 and 3 14 3.14"),
        ("ready 👩‍👩‍👧 go👍🏽now 🇩🇪 1️⃣", "ready go now 1"),
    ]

    private static let unspaced: [(String, String)] = [
        ("猫", "猫"), ("日本語", "日 日本 本 本語 語"), ("東京タワー", "東 東京 京 京タ タワ ワー"), ("ね", "ね"), ("ねこ", "ねこ"),
        ("한국어 말", "한국 국어 말"), ("ไทย", "ไท ทย"), ("GPT4を使う", "gpt4 を使 使 使う"), ("3月、4月", "3 月 4 月"),
        ("𠮷野家", "𠮷 𠮷野 野 野家 家"),
    ]

    private static let names: [(String, String)] = [
        ("snake_case", "snake case snakecase"), ("camelCase", "camel case camelcase"),
        ("user-id user_id userId UserID userid", "user id userid user id userid user id userid user id userid userid"),
        ("parseHTTPRequest", "parse http request parsehttprequest"), ("URL HTTPServer", "url http server httpserver"),
        ("foo.bar()", "foo bar foo.bar"), ("v1.2.3", "v1 2 3 v1.2.3"), ("a/b/c.txt", "a b c txt a/b/c.txt"),
        ("src/my_file.swift", "src my file myfile swift src/myfile.swift"),
        ("C++ c# C. F#, c++11", "c c++ c c# c f f# c c++ 11"),
        ("#tag ##head @who (#x)", "tag #tag head #head who @who x #x"),
        ("#two-parts", "two parts twoparts #twoparts"), ("a+b ++c", "a b c"),
        ("me@example.com", "me example com me@example.com"), ("http://x.org/y", "http x org y x.org/y"),
        ("std::vector<int>", "std vector int"), ("__init__ a__b", "init a b ab"), ("end. Next...then", "end next then"),
        ("- a - b -- c--d", "a b c d"), ("x.y. (p/q)", "x y x.y p q p/q"),
        ("utf8mb4 3D 2FA", "utf8mb4 3 d 3d 2 fa 2fa"),
        ("2026-11-28T15:15", "2026 11 28 t15 20261128t15 15 20261128t15:15"), ("C:\\temp\\x", "c temp x temp\\x"),
        ("obj->call a.b->c", "obj call a b a.b c"), ("e-mail Email", "e mail email email"), ("key=value", "key value"),
    ]

    @Test("are folded in many languages", arguments: spaced + unspaced)
    func languages(text: String, words: String) {
        #expect(Tokenizer.words(text).joined(separator: " ") == words)
    }

    @Test("of code are found whole and in parts", arguments: names)
    func code(text: String, words: String) {
        #expect(Tokenizer.words(text).joined(separator: " ") == words)
    }

    @Test("have at most 64 bytes: longer ones are cut, long names and paths left to their parts")
    func bounds() {
        let long = String(repeating: "a", count: 64)
        #expect(Tokenizer.words(long) == [long])
        #expect(Tokenizer.words(long + "bcd") == [long])
        #expect(Tokenizer.words(long + "_b") == [long, "b"])
        #expect(Tokenizer.words("x/\(long)") == ["x", long])
        #expect(Tokenizer.words("#\(long)") == [long])
        #expect(Tokenizer.words(String(repeating: "a", count: 63) + "ж" + "b") == [String(repeating: "a", count: 63)])
    }

    @Test("are the same when they are folded once more, whatever the text is")
    func idempotence() {
        var dice = Seeded(11)
        let odd = [
            "_", "-", "'", ".", "/", "#", "@", "+", "A", "b", "É", "猫", "ไ", "한", "3", " ", "ß", "İ", "👍", "\u{301}",
        ]
        for _ in 0..<3_000 {
            let text = dice.many(0...30) { $0.pick(odd) }.joined()
            for word in Tokenizer.words(text) {
                #expect((1...Tokenizer.maxWordBytes).contains(word.utf8.count))
                #expect(word == word.lowercased() && Tokenizer.words(word).last?.isEmpty == false, "\(text)")
            }
        }
    }

    @Test("of a text without spaces are found however long it is")
    func longWords() {
        for unit in ["a", "aB", "a_", "a.", "_", "#", "++", "'", "猫", "\u{301}"] {
            let words = Tokenizer.words(String(repeating: unit, count: 20_000))
            #expect(words.allSatisfy { $0.utf8.count <= Tokenizer.maxWordBytes })
        }
    }
}
