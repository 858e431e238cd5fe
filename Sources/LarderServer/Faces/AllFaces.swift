extension Face {
    /// The faces that answer on the main listener. Their order means nothing: the longest prefix takes a path.
    static let all: [Face] = [
        .netlify, .native, .progress, .compat, .memory, .public, .admin, .sign, .growth, .search, .console, .server,
        .kv, .portable,
    ]
}
