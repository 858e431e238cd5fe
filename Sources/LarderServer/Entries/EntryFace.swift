import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// How a face speaks of one entry. The work is the same on all of them.
enum EntryFace: Sendable {
    case netlify, native, `public`

    /// Fields of GET and HEAD beside those that every face sends.
    func addFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        switch self {
        case .netlify: NetlifyEntry.addFields(entry, to: &headers)
        case .native: NativeEntry.addFields(entry, to: &headers)
        case .public: break
        }
    }

    /// What a PUT asks for.
    /// - Throws: `LarderError` for fields that can't be.
    func writeRequest(_ request: RequestHead, _ name: EntryName) throws(LarderError) -> WriteRequest {
        switch self {
        case .netlify: try NetlifyEntry.writeRequest(request, name)
        case .native: try NativeEntry.writeRequest(request, name)
        case .public: throw LarderError(.methodNotAllowed, "This path is for reading: GET and HEAD.")
        }
    }

    func writeAnswer(_ result: WriteResult) -> Answer {
        switch self {
        case .netlify: NetlifyEntry.writeAnswer(result)
        case .native, .public: NativeEntry.writeAnswer(result)
        }
    }
}
