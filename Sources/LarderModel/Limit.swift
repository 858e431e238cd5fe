/// A stated limit that can refuse something. Raw values are the label `limit` of `larder_limit_refusals_total` and
/// never change meaning.
package enum Limit: String, Sendable, CaseIterable {
    /// The request target is too long: 414.
    case url
    /// Header fields are too long or too many: 431.
    case header
    /// All connections are taken; more wait in the kernel.
    case connections
    /// One client has too many connections: 429.
    case clientConnections = "client_connections"
    /// A request's head took too long: 408.
    case headTime = "head_time"
    /// Nothing came on a connection between requests: closed.
    case idleTime = "idle_time"
    /// A request's body came too slowly: 408.
    case bodyRate = "body_rate"
    /// An answer was taken too slowly: closed.
    case readRate = "read_rate"
    /// Too many bodies are being received at once: 503.
    case uploads
    /// Bodies and answers that are held whole are too many bytes together: 503.
    case buffered
    /// Content larger than the rule of its store, or than the request takes: 413.
    case content
    /// A gzip body inflates too far for its size: 413.
    case inflateRatio = "inflate_ratio"
    /// JSON nests too deeply: 422.
    case jsonDepth = "json_depth"
    /// A page of a list was asked for that is too long: 400.
    case listPage = "list_page"
    /// Too many event streams in all: 503.
    case followers
    /// Too many event streams of one run: 503.
    case runFollowers = "run_followers"
    /// A follower's unread events are too many: closed.
    case followerBuffer = "follower_buffer"
    /// Too many writes wait for the disk: 503.
    case writeQueue = "write_queue"
}
