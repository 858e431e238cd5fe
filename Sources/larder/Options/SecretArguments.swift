/// Passwords in URLs on the command line, which every account of the machine can read (`ps`).
enum SecretArguments {
    /// Puts stars over them, in the memory that the system shows.
    static func hide() {
        for argument in UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)) {
            guard let argument, let place = password(in: String(cString: argument)) else { continue }
            for i in place { argument[i] = CChar(UInt8(ascii: "*")) }
        }
    }

    /// The text with stars over the password of a URL in it.
    static func hidden(_ text: String) -> String {
        guard let place = password(in: text) else { return text }
        let stars = Array(repeating: UInt8(ascii: "*"), count: place.count)
        var bytes = Array(text.utf8)
        bytes.replaceSubrange(place, with: stars)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the password of `…://user:password@host` lies, or of `…?password=…`, in bytes.
    private static func password(in text: String) -> Range<Int>? {
        let inAuthority = text.firstMatch(of: #/://[^:/?@]*:([^/?]*)@/#)?.1
        let inQuery = text.firstMatch(of: #/://.*[?&]password=([^&]*)/#)?.1
        guard let secret = inAuthority ?? inQuery else { return nil }
        let start = text.utf8.distance(from: text.utf8.startIndex, to: secret.startIndex)
        return start..<start + secret.utf8.count
    }
}
