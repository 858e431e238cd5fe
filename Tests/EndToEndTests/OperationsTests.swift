import Testing

/// Contract 4.6: health, version, metrics.
@Suite("Operations", .server)
struct OperationsTests {
    /// A sample line of the Prometheus text format, version 0.0.4.
    private func isSample(_ line: Substring) -> Bool {
        line.wholeMatch(
            of:
                /[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\])*",?)*\})? ([-+]?([0-9.]+([eE][-+]?[0-9]+)?|Inf)|NaN)( [0-9]+)?/
        )
            != nil
    }

    @Test("Metrics need a token and parse as Prometheus text")
    func metrics() async throws {
        let store = Fresh.store()
        try requireStatus(
            try await server.put(Netlify.edge(store, "k"), Bytes.prose(100_000), ["content-type": "text/plain"]), 200)
        try expectError(try await server.get("/metrics", as: .nobody), 401)
        let reply = try await server.get("/metrics")
        expectStatus(reply, 200)
        #expect(reply.header("content-type")?.hasPrefix("text/plain") == true)
        let lines = reply.text.split(separator: "\n", omittingEmptySubsequences: true)
        var types: Set<Substring> = []
        var samples = 0
        for line in lines {
            if line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 3)
                #expect(words.count >= 3 && ["HELP", "TYPE"].contains(words[1]), "\(line)")
                if words.count == 4, words[1] == "TYPE" {
                    #expect(["counter", "gauge", "histogram", "summary", "untyped"].contains(words[3]), "\(line)")
                    #expect(types.insert(words[2]).inserted, "\(words[2]) has two types")
                }
            } else {
                #expect(isSample(line), "\(line)")
                samples += 1
            }
        }
        #expect(samples > 10)
        #expect(types.count > 5)
        #expect(reply.text.hasSuffix("\n"))
    }

    @Test("Counters count")
    func counters() async throws {
        func total() async throws -> Double {
            let lines = try await server.get("/metrics").text.split(separator: "\n")
            let requests = lines.filter {
                !$0.hasPrefix("#") && $0.contains("request") && ($0.contains("_total") || $0.contains("_count"))
            }
            return requests.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
        }
        let before = try await total()
        for _ in 0..<5 { expectStatus(try await server.get(Netlify.edge(Fresh.store(), "missing")), 404) }
        #expect(try await total() >= before + 5)
    }

    @Test("Labels are bounded: no key, store or site of a client becomes one")
    func boundedLabels() async throws {
        let mark = Fresh.name("unbounded-label-")
        for index in 0..<5 {
            try requireStatus(
                try await server.put(Netlify.edge(Fresh.store(), "\(mark)-\(index)", site: "\(mark)-site"), "x"), 200)
            expectStatus(try await server.get("/v1/\(mark)/\(index)"), 404)
        }
        #expect(try await server.get("/metrics").text.contains(mark) == false)
    }

    @Test("The version is told")
    func version() async throws {
        let reply = try await server.get("/version", as: .nobody)
        expectStatus(reply, 200)
        #expect(!reply.body.isEmpty)
        #expect(reply.text.contains { $0.isNumber })
    }
}

@Suite("Operations by option", .ownServers)
struct OperationsOptionTests {
    @Test("--public-metrics opens the metrics and nothing else")
    func publicMetrics() async throws {
        try await LarderProcess.with(["--public-metrics"]) { server in
            expectStatus(try await server.get("/metrics", as: .nobody), 200)
            expectStatus(try await server.get("/v1/stores", as: .nobody), 401)
        }
    }

    @Test("--log-format json writes one JSON object a line")
    func jsonLog() async throws {
        try await LarderProcess.with(["--log-format", "json", "--log-level", "debug"]) { server in
            expectStatus(try await server.get("/v1/nothing"), 404)
            try requireStatus(try await server.put(Netlify.edge("things", "odd%0Akey%22"), "x"), 200)
            let lines = server.log.split(separator: "\n")
            #expect(!lines.isEmpty)
            for line in lines { #expect((try? JSON(String(line)))?.isObject == true, "\(line)") }
        }
    }
}
