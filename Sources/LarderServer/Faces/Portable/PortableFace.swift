import LarderHTTP

extension Face {
    /// Stores as a text that other programs read (contract §4.2).
    static let portable = Face(
        label: "native", errors: .json,
        routes: [Route("/v1/export", credentials: [.token, .cookie], crossOrigin: .listed, PortableExporting.kind)])
}
