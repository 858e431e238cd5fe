/// A connection that gets one answer and then stays open until it is let go.
struct HeldConnection: Sendable {
    /// The head of the answer, or all that came before the server closed.
    let answer: String
    private let release: OneShot<Bool>
    private let task: Task<Void, any Error>

    /// - Parameter request: nil: sends nothing and waits for nothing.
    static func open(_ port: Int, from address: String? = nil, _ request: String?) async throws -> HeldConnection {
        let head = OneShot<String>(), release = OneShot<Bool>()
        let task = Task {
            try await RawSocket.with(port, within: .seconds(60), from: address) { socket in
                if let request { try? await socket.send(request) }
                head.fulfill(request == nil ? "" : try await socket.readHead())
                _ = await release.wait()
            }
        }
        return HeldConnection(answer: await head.wait() ?? "", release: release, task: task)
    }

    func close() async throws {
        release.fulfill(true)
        try await task.value
    }
}
