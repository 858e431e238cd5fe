import Testing

/// Gives a whole suite one server, which its tests reach as ``server``, and ends it after the last of them.
struct ServerTrait: SuiteTrait, TestScoping {
    /// nil: the suite starts servers of its own.
    let arguments: [String]?
    var environment: [String: String] = [:]

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void)
        async throws
    {
        try await Gate.suites.pass {
            guard let arguments else { return try await function() }
            try await LarderProcess.with(arguments, environment: environment) { server in
                try await Shared.$current.withValue(server) { try await function() }
                // Whatever the tests threw at it, the server must be there still and end cleanly.
                let log = server.log
                let ending = try await server.stop()
                #expect(ending == .exit(0), "the suite's server ended with \(ending); its log: \(log.suffix(4_000))")
            }
        }
    }
}

extension Trait where Self == ServerTrait {
    /// One server for all tests of the suite.
    static var server: Self { ServerTrait(arguments: []) }
    static func server(_ arguments: String...) -> Self { ServerTrait(arguments: arguments) }
    static func server(environment: [String: String]) -> Self { ServerTrait(arguments: [], environment: environment) }
    /// Each test starts what it needs.
    static var ownServers: Self { ServerTrait(arguments: nil) }
}

/// A secret of links that an app knows, too, and is given to a server by its environment.
enum AppSecret {
    static let text = "what the app and the server know"
    static let environment = ["LARDER_SIGNING_SECRET": text]
}

enum Shared {
    @TaskLocal static var current: LarderProcess?
}

/// The server of the running suite.
var server: LarderProcess {
    get throws {
        guard let server = Shared.current else {
            throw LarderProcess.Failure(description: "the suite lacks the .server trait")
        }
        return server
    }
}
