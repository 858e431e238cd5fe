import Testing

@Suite("Nodes that serve one Larder", .ownServers, .sqliteOnly("they name their engines"))
struct FollowingNodesTests {
    @Test("show at once what was written on another")
    func seen() async throws {
        try await Nodes.with(3) { nodes in
            for round in 0..<3 {
                try requireStatus(try await nodes[round].put(Native.entry("things", "k\(round)"), "of \(round)"), 201)
                for node in nodes {
                    #expect(try await node.get(Native.entry("things", "k\(round)")).text == "of \(round)")
                }
            }
        }
    }
}
