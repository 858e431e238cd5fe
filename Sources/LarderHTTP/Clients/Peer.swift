import LarderModel
import NIOCore

/// The other end of a connection: a client, or a proxy that speaks for clients.
package final class Peer: Sendable {
    /// nil: not an IP connection.
    package let address: IPAddress?
    /// Whether the connection itself is encrypted.
    package let isTLS: Bool
    /// Whether it is a proxy whose word is believed.
    package let isTrusted: Bool
    private let proxies: [AddressBlock]

    package init(_ address: IPAddress?, isTLS: Bool, proxies: [AddressBlock] = []) {
        self.address = address
        self.isTLS = isTLS
        self.proxies = proxies
        isTrusted = address.map { address in proxies.contains { $0.contains(address) } } ?? false
    }

    /// For a request that came over no connection.
    package static let none = Peer(nil, isTLS: false)

    /// Who asks, by the `X-Forwarded-For` fields of a request, in order (each may hold several addresses). Read from
    /// the right: trusted proxies are passed over, and the first address that is none is the client; what stands left
    /// of it anybody could have written. A value that is no address ends the reading, and the last address before it
    /// counts.
    package func client(forwardedFor fields: [String]) -> IPAddress? {
        guard isTrusted else { return address }
        var client = address
        for field in fields.reversed() {
            for element in field.parts(separatedBy: ",").reversed() {
                guard let next = Self.address(element) else { return client }
                client = next
                guard proxies.contains(where: { $0.contains(next) }) else { return client }
            }
        }
        return client
    }

    /// Whether the client's own connection is encrypted, by the `X-Forwarded-Proto` fields of a request: one field,
    /// `https` or `http`; any other is passed over.
    package func isSecure(forwardedProto fields: [String]) -> Bool {
        guard isTrusted, fields.count == 1, let value = fields.first else { return isTLS }
        switch value.lowercased() {
        case "https": return true
        case "http": return false
        default: return isTLS
        }
    }

    /// An address as proxies write it: alone, or with a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`).
    private static func address(_ element: Substring) -> IPAddress? {
        var text = element.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let port = text[text.index(after: end)...]
            guard port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else {
                return nil
            }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let address = IPAddress(text) { return address }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return IPAddress(parts[0])
    }
}
