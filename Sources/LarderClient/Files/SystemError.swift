#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Words for `errno`.
enum SystemError {
    /// The system's text for the number, first letter small: `no such file or directory`.
    static func text(_ number: Int32) -> String {
        guard let message = strerror(number) else { return "error \(number)" }
        let text = String(cString: message)
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// Whether the number says that no connection came about, rather than that one broke.
    static func isRefusal(_ number: Int32) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EADDRNOTAVAIL, EACCES, EPERM].contains(number)
    }

    /// The error about a path that was to be read: ``LarderClientError/Code/notFound`` when nothing is there.
    static func source(_ path: String, _ number: Int32) -> LarderClientError {
        number == ENOENT ? LarderClientError(.notFound, "\(path): \(text(number)).") : file(path, number)
    }

    /// A ``LarderClientError/Code/fileError`` about a path.
    static func file(_ path: String, _ number: Int32) -> LarderClientError {
        LarderClientError(.fileError, "\(path): \(text(number)).")
    }
}
