import LarderHTTP
import LarderModel

/// The faces that answer on a listener, found by the beginning of a path.
struct FaceTable: Sendable {
    /// A route, with its face.
    final class Place: Sendable {
        let face: Face
        let route: Route
        /// Under what its requests are counted.
        let label: Exchange.Label
        private let prefix: [UInt8]

        fileprivate init(_ face: Face, _ route: Route, _ label: Exchange.Label) {
            self.face = face
            self.route = route
            self.label = label
            prefix = Array(route.prefix.utf8)
        }

        /// Whether a path begins with the route's segments.
        fileprivate func takes(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
            guard path.count > prefix.count else { return path.elementsEqual(prefix) }
            return path[prefix.count] == UInt8(ascii: "/") && path[..<prefix.count].elementsEqual(prefix)
        }

        /// What a path names.
        /// - Parameter rest: what ``FaceTable/place(of:)`` returned.
        /// - Throws: `LarderError` `.notFound` when it names nothing, `.invalidKey` and its kin.
        func resource(_ rest: PathPart?, _ request: RequestHead) throws(LarderError) -> Resource {
            guard let resource = try route.resource(rest, request) else {
                throw LarderError(
                    .notFound,
                    "There is nothing at this path; the faces are /{site}/{store}/{key}, /api/v1/blobs/… and /v1/….")
            }
            return resource
        }
    }

    /// The labels of the metrics, by ``Exchange/Label/index``.
    let labels: [String]
    /// What requests are counted as whose path names nothing.
    let other: Exchange.Label
    /// Those with the longest prefix first.
    private let places: [Place]

    init(_ faces: [Face]) {
        var labels: [String] = []
        var places: [Place] = []
        for face in faces {
            if !labels.contains(face.label) { labels.append(face.label) }
            let label = Exchange.Label(labels.firstIndex(of: face.label) ?? 0)
            places += face.routes.map { Place(face, $0, label) }
        }
        other = Exchange.Label(labels.count)
        self.labels = labels + ["other"]
        self.places = places.sorted { $0.route.prefix.utf8.count > $1.route.prefix.utf8.count }
    }

    /// The route that takes a path, and what follows its prefix and the slash behind it; nil when there is no slash.
    /// - Throws: `LarderError` `.malformedRequest` for what is no path, `.notFound` when no face takes it.
    func place(of path: Substring) throws(LarderError) -> (Place, rest: PathPart?) {
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw LarderError(.malformedRequest, "The request target must be a path.")
        }
        let bytes = path.utf8
        let found = bytes.withContiguousStorageIfAvailable(first) ?? Array(bytes).withUnsafeBufferPointer(first)
        guard let found else { throw LarderError(.notFound, "There is nothing at this path.") }
        let prefix = found.route.prefix.utf8.count
        guard bytes.count > prefix else { return (found, nil) }
        return (found, bytes[bytes.index(bytes.startIndex, offsetBy: prefix + 1)...])
    }

    private func first(_ path: UnsafeBufferPointer<UInt8>) -> Place? { places.first { $0.takes(path) } }

    /// What a request is about. For tests: ``FaceResponder`` asks in two steps, because it needs the place of a path
    /// that names nothing.
    func find(_ request: RequestHead) throws(LarderError) -> (Face, Resource) {
        let (place, rest) = try place(of: request.path)
        return (place.face, try place.resource(rest, request))
    }
}
