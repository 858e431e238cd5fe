import LarderModel
import NIOHTTP1

/// By what right an entry is shown, and so who may keep a copy and show it on a page of another origin.
enum Exposure: Sendable, Equatable {
    /// A token or the console's cookie.
    case token
    /// A signed URL: whoever has it may read until it expires; a copy must not outlive it.
    case signature
    /// A public store, with what its policy says of caches.
    case everybody(CacheControl?)

    func addFields(to headers: inout HTTPHeaders) {
        switch self {
        case .token:
            headers.add(name: "cache-control", value: "private, no-cache")
            headers.add(name: "cross-origin-resource-policy", value: "same-origin")
        case .signature:
            headers.add(name: "cache-control", value: "private, no-store")
            headers.add(name: "cross-origin-resource-policy", value: "cross-origin")
        case .everybody(let cacheControl):
            headers.add(name: "cache-control", value: cacheControl?.text ?? "public, no-cache")
            headers.add(name: "cross-origin-resource-policy", value: "cross-origin")
        }
    }
}
