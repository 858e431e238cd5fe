import Foundation
import LarderClient

/// The token of an app: made once, and kept in a file of whoever made it. The server keeps only its hash.
struct AppToken {
    let app: String
    let site: String

    private static var folder: String { UserFolder.configuration + "/larder/apps" }

    /// Of a server, by its URL: one file for each.
    private func path(_ url: String) -> String {
        let server = String(url.map { $0.isLetter || $0.isNumber || ".-".contains($0) ? $0 : "_" })
        return "\(Self.folder)/\(server)-\(site)-\(app).token"
    }

    /// - Parameter token: what makes the app's token, and stands for it where it may not.
    /// - Throws: ``LarderClientError``.
    func find(_ client: LarderClient, orUse token: String) async throws -> String {
        let path = path(client.url)
        if let kept = try? await LocalFile.text(path, upTo: 4_096).split(whereSeparator: \.isWhitespace).first,
            try await isInForce(String(kept), client.url)
        {
            return String(kept)
        }
        let made: TokenInfo
        do {
            made = try await client.createToken(scopes: ["read", "write"], site: site, note: "larder env: \(app)")
        } catch let error as LarderClientError where error.code == .forbidden {
            return token
        }
        guard let secret = made.token else {
            throw CommandFailure("The server made a token and did not say it.", code: "invalid_response")
        }
        try await LocalFile.writeSecret(secret + "\n", to: path)
        Console.error("larder: Made token \(made.id) for '\(app)' on site '\(site)'; it is kept in \(path).")
        return secret
    }

    /// Whether the server still takes it.
    private func isInForce(_ secret: String, _ url: String) async throws -> Bool {
        try await LarderClient.withClient(url: url, token: secret) { client in
            do { _ = try await client.storeInfo("larder-env") } catch let error as LarderClientError {
                guard error.code != .notFound else { return true }
                guard error.code == .unauthorized || error.code == .forbidden else { throw error }
                return false
            }
            return true
        }
    }
}
