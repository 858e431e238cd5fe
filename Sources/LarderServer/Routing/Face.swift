/// A protocol that Larder speaks: everything that the server has to know of it.
///
/// A face lies in a folder of its own, which knows no other face, and stands in ``all``; nothing else names it. To add
/// one is to add its folder and its line there.
struct Face: Sendable {
    /// What its requests are counted as (label `face` of the metrics). Faces may share one.
    let label: String
    /// How it says what went wrong.
    let errors: ErrorShape
    /// The paths that it takes.
    let routes: [Route]
}
