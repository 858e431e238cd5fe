// swift-tools-version: 6.2
import PackageDescription

// The micro-benchmarks with ordo-one's runner: `swift package --package-path Benchmarks/Micro benchmark`, or without
// its tool the program LarderBenchmarks itself, as Scripts/bench does. Apart, so that Larder's own graph does without
// the runner. The cases themselves are built, and run once, with everything else: see MicroCases in the main package.
//
// Sources is a link: the same targets as in the main package, as far as the cases need them, and so the same `package`
// access.
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)]

let package = Package(
    name: "Micro",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Its interposers are packages of their own; without them it counts no allocations.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLarderSystem", path: "Sources/CLarderSystem"),
        .target(name: "LarderModel", path: "Sources/LarderModel", swiftSettings: settings),
        .target(
            name: "Gzip", dependencies: ["CZlib", "LarderModel"], path: "Sources/Gzip", swiftSettings: settings),
        .target(
            name: "Disk",
            dependencies: [
                "CLarderSystem", "LarderModel", .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Sources/Disk", swiftSettings: settings),
        .target(
            name: "Objects",
            dependencies: [
                "Disk", "Gzip", "LarderModel",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Sources/Objects", swiftSettings: settings),
        .target(
            name: "Index",
            dependencies: [
                "LarderModel",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Sources/Index", swiftSettings: settings),
        .target(
            name: "BlobStore",
            dependencies: [
                "Disk", "Gzip", "LarderModel", "Objects", "Index",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Sources/BlobStore", swiftSettings: settings),
        .target(
            name: "Logs",
            dependencies: [
                "LarderModel", "BlobStore", "Disk", "Index",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Sources/Logs", swiftSettings: settings),
        .target(
            name: "MicroCases",
            dependencies: [
                "LarderModel", "Objects", "Index", "Logs",
            ], path: "Cases", swiftSettings: settings),
        .executableTarget(
            name: "LarderBenchmarks",
            dependencies: ["MicroCases", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/Larder", plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
