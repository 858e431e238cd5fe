import Foundation
package import LarderModel

/// Where a server's policies come from: a folder the admin names, else the binary itself.
package enum StorePolicies {
    /// A policy file is a page of text; one beyond this is something else.
    package static let maxFileBytes = 1_000_000

    /// - Parameter directory: a folder of `*.yaml` or `*.yml` files that replaces the shipped ones whole; nil: the
    ///   shipped ones. Hidden files and other endings are left alone.
    /// - Throws: ``LarderError`` `.invalidPolicy` for a folder that is missing, unreadable or holds no policy, and for
    ///   what a file says wrong, with file and line.
    package static func load(directory: String?) throws(LarderError) -> PolicyBook {
        guard let directory else { return try PolicyBook(files: ShippedPolicies.files(), areShipped: true) }
        var files: [(name: String, text: String)] = []
        for name in try policyFileNames(in: directory) {
            let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            files.append((name: path, text: try text(of: path)))
        }
        return try PolicyBook(files: files)
    }

    /// Sorted, so that the same folder always gives the same answer.
    private static func policyFileNames(in directory: String) throws(LarderError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw LarderError(
                .invalidPolicy,
                """
                The policy folder '\(directory)' can't be read; check --stores, or leave it out for the built-in \
                policies.
                """,
                cause: "\(error)")
        }
        let policies = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }.sorted()
        guard !policies.isEmpty else {
            throw LarderError(
                .invalidPolicy,
                """
                The policy folder '\(directory)' holds no *.yaml file; check --stores, or leave it out for the \
                built-in policies.
                """
            )
        }
        return policies
    }

    private static func text(of path: String) throws(LarderError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw LarderError(.invalidPolicy, "The policy file '\(path)' can't be read.", cause: "\(error)")
        }
        guard data.count <= maxFileBytes else {
            throw LarderError(
                .invalidPolicy, "The policy file '\(path)' has \(data.count) bytes; at most \(maxFileBytes) are read.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw LarderError(.invalidPolicy, "The policy file '\(path)' is not UTF-8.")
        }
        return text
    }
}
