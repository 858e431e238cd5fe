import Foundation
package import LarderModel
import SigV4

/// Which bucket, and where: `s3://bucket/prefix?endpoint=https://…&region=…&style=path`.
package struct S3Address: Sendable, Hashable {
    package let bucket: String
    /// What every key begins with: empty, or ends with a slash.
    package let prefix: String
    package let region: String
    /// `https://host[:port]`, of the service or, with ``isVirtualHost``, of the bucket.
    package let origin: String
    /// `host[:port]`, as the request's `Host` says it.
    package let host: String
    /// Whether the bucket is a part of the host name; else it is the first part of the path.
    package let isVirtualHost: Bool
    private let endpoint: String?

    private static let regionUsual = "us-east-1"

    /// Why a text is no address.
    private struct Refusal: Error {
        let why: String
    }

    /// - Parameters:
    ///   - text: an address as above. Without an endpoint it is AWS's; without a style it is `path` where an endpoint
    ///     is given, else `virtual`.
    ///   - region: where the address says none; nil: `us-east-1`.
    ///   - option: which option of the command line it comes from.
    /// - Throws: `LarderError` `.malformedRequest`, for the person who gave it. It does not repeat the address, which
    ///   may hold a secret by mistake.
    package init(parsing text: String, region: String? = nil, option: String) throws(LarderError) {
        do { try self.init(text, region) } catch {
            throw LarderError(.malformedRequest, "the address of the bucket (\(option)) is not usable: \(error.why)")
        }
    }

    private init(_ text: String, _ region: String?) throws(Refusal) {
        guard let parts = URLComponents(string: text), parts.scheme == "s3", let bucket = parts.host, !bucket.isEmpty
        else { throw Self.refused("it is not s3://BUCKET[/PREFIX][?endpoint=URL][&region=NAME][&style=path|virtual]") }
        guard parts.user == nil, parts.password == nil, parts.port == nil, parts.fragment == nil else {
            throw Self.refused(
                "it holds more than bucket, prefix and options; keys belong into AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY")
        }
        guard Self.isBucket(bucket) else {
            throw Self.refused("a bucket's name is 3 to 63 lower-case letters, digits, dots and hyphens")
        }
        let options = try Self.options(parts.queryItems ?? [])
        self.bucket = bucket
        prefix = try Self.prefix(parts.path)
        self.region = options["region"] ?? region ?? Self.regionUsual
        guard self.region.utf8.allSatisfy({ $0 == 0x2D || isLetterOrDigit($0) }) else {
            throw Self.refused("a region is letters, digits and hyphens, such as eu-central-1")
        }
        endpoint = options["endpoint"]
        let service = try Self.service(endpoint ?? "https://s3.\(self.region).amazonaws.com")
        switch options["style"] {
        case nil: isVirtualHost = endpoint == nil && !bucket.contains(".")
        case "path": isVirtualHost = false
        case "virtual": isVirtualHost = true
        default: throw Self.refused("style is path or virtual")
        }
        host = isVirtualHost ? "\(bucket).\(service.host)" : service.host
        origin = "\(service.scheme)://\(host)"
    }

    private static func refused(_ why: String) -> Refusal { Refusal(why: why) }

    private static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 == 0x2D || $0 == 0x2E || isLetterOrDigit($0) && !(0x41...0x5A).contains($0) }
            && name.utf8.first != 0x2D && name.utf8.first != 0x2E && !name.contains("..")
    }

    private static func options(_ items: [URLQueryItem]) throws(Refusal) -> [String: String] {
        var options: [String: String] = [:]
        for item in items {
            guard ["endpoint", "region", "style"].contains(item.name) else {
                throw refused("it knows endpoint, region and style, and nothing else")
            }
            guard let value = item.value, !value.isEmpty, options.updateValue(value, forKey: item.name) == nil else {
                throw refused("\(item.name) has no value, or two")
            }
        }
        return options
    }

    /// What keys begin with may be anything that needs no care on the way.
    private static func prefix(_ path: String) throws(Refusal) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard path.utf8.count <= 200, parts.allSatisfy({ $0 != "." && $0 != ".." }),
            path.utf8.allSatisfy({ $0 == 0x2F || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || isLetterOrDigit($0) })
        else { throw refused("its prefix is at most 200 letters, digits and -._ between slashes") }
        return parts.isEmpty ? "" : parts.joined(separator: "/") + "/"
    }

    private static func service(_ endpoint: String) throws(Refusal) -> (scheme: String, host: String) {
        guard let parts = URLComponents(string: endpoint), let scheme = parts.scheme, let host = parts.encodedHost,
            ["http", "https"].contains(scheme), !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.query == nil, parts.fragment == nil, ["", "/"].contains(parts.path)
        else { throw refused("its endpoint is http[s]://HOST[:PORT] and no more") }
        let isUsual = parts.port == nil || parts.port == (scheme == "https" ? 443 : 80)
        return (scheme, isUsual ? host : "\(host):\(parts.port ?? 0)")
    }

    /// For people, and to be kept in the index: what says which objects these are.
    package var text: String {
        "s3://\(bucket)\(prefix.isEmpty ? "" : "/" + prefix.dropLast())" + (endpoint.map { "?endpoint=\($0)" } ?? "")
    }

    /// A path as it is signed and goes over the wire.
    /// - Parameter key: nil: the bucket itself.
    package func path(_ key: String?) -> String {
        let path = (isVirtualHost ? "/" : "/" + bucket) + (key.map { (isVirtualHost ? "" : "/") + $0 } ?? "")
        return RequestSigner.encoded(path, keepingSlashes: true)
    }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}
