import LarderHTTP
import LarderModel

/// The site of a native request: the token's; for a token of all sites `?site=`, else the default.
enum NativeSite {
    static func asked(_ request: RequestHead) throws(LarderError) -> SiteID? {
        guard !request.query.isEmpty, let text = try request.queryText("site") else { return nil }
        return try SiteID(text)
    }
}
