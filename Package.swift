// swift-tools-version: 6.2
import PackageDescription

// What the build calls itself: Scripts/package says it, from git's tags. Other builds are 0.0.0+dev.
let version = Context.environment["LARDER_VERSION"]

/// The target graph is the architecture: arrows point down only.
///
///     larder (CLI) ──► LarderServer (faces) ──► Logs ─► BlobStore ─► Index ─► LarderModel
///           └────────► LarderClient                 Access          └─────► Objects ─┘
// One target after the other, as a table: the formatter would take five lines for each.
// swift-format-ignore
let package = Package(
    name: "larder",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "larder", targets: ["larder"]),
        .library(name: "LarderClient", targets: ["LarderClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // 2.100 closed CVE-2026-28980 (one request crashed the server).
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLarderSystem"),
        // Loads libpq when it is asked for: nothing links it.
        .target(name: "CPostgres"),
        // In a target of its own: a new version compiles one line of C again.
        .target(name: "CLarderVersion", cSettings: version.map { [.define("LARDER_VERSION", to: "\"\($0)\"")] }),
        // Carries ../../Console by C's #embed; a change there builds it again.
        .target(name: "CConsolePages"),
        .target(name: "ConsolePages", dependencies: ["CConsolePages", "Hashing"]),
        .target(name: "LarderModel"),
        // The inner loops of comparing vectors, in C: it compiles one function for several kinds of CPU.
        .target(name: "CVectors"),
        .target(name: "Retrieval", dependencies: ["CVectors"]),
        .testTarget(name: "RetrievalTests", dependencies: ["CVectors", "LarderTestSupport", "Retrieval"]),
        // Links to ../../Stores/*.yaml, so that the binary works alone.
        .target(name: "StorePolicies", dependencies: [
            "LarderModel",
            .product(name: "Yams", package: "Yams"),
        ], resources: [.embedInCode("Shipped")]),
        // Links to ../../docs/openapi.yaml.
        .target(name: "APIDescription", dependencies: [
            "Hashing", "LarderModel",
            .product(name: "Yams", package: "Yams"),
        ], resources: [.embedInCode("Shipped")]),
        .testTarget(name: "EndToEndTests", dependencies: [
            "CZlib", "Hashing", "PostgresTestSupport", "S3TestSupport",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ], exclude: ["Clients"]),
        // Properties of everything that reads what strangers send; see Fuzz.swift there.
        .testTarget(name: "FuzzTests", dependencies: [
            "Access", "EventStreams", "Gzip", "LarderClient", "LarderHTTP", "LarderModel", "LarderServer",
            "LarderTestSupport", "Logs", "StorePolicies",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ], exclude: ["Corpus"]),
        // What tests of several targets need.
        .target(name: "LarderTestSupport", dependencies: ["Hashing", "LarderModel"], path: "Tests/LarderTestSupport"),
        .target(name: "BlobStoreTestSupport", dependencies: [
            "BlobStore", "Disk", "Index", "IndexOnSQLite", "LarderModel", "LarderTestSupport", "Objects",
            "ObjectsOnDisk",
            .product(name: "Logging", package: "swift-log"),
        ], path: "Tests/BlobStoreTestSupport"),
        .testTarget(name: "LarderModelTests", dependencies: ["LarderModel", "LarderTestSupport"]),
        .testTarget(name: "StorePoliciesTests", dependencies: ["LarderModel", "LarderTestSupport", "StorePolicies"]),
        .target(name: "Hashing", dependencies: [.target(name: "CLibcrypto", condition: .when(platforms: [.linux]))]),
        .testTarget(name: "HashingTests", dependencies: ["Hashing", "LarderModel"]),
        // Apart from Hashing: libcrypto's ciphers come by way of its whole registry, which a client has no use for.
        .target(name: "Sealing", dependencies: [
            "Hashing", .target(name: "CLibcrypto", condition: .when(platforms: [.linux])),
        ]),
        .testTarget(name: "SealingTests", dependencies: ["LarderModel", "Sealing"]),
        .target(name: "Gzip", dependencies: ["CZlib", "LarderModel"]),
        .target(name: "Disk", dependencies: [
            "CLarderSystem", "LarderModel",
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        .target(name: "Objects", dependencies: [
            "Disk", "Gzip", "Hashing", "LarderModel",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "ObjectsOnDisk", dependencies: [
            "Disk", "LarderModel", "Objects",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "SigV4", dependencies: ["Hashing", "LarderModel"]),
        .testTarget(name: "SigV4Tests", dependencies: ["LarderModel", "SigV4"]),
        // What speaks to a bucket, for objects and for snapshots.
        .target(name: "S3", dependencies: [
            "Disk", "Hashing", "LarderModel", "Objects", "SigV4",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
        .testTarget(name: "S3Tests", dependencies: ["LarderModel", "S3"]),
        .target(name: "ObjectsOnS3", dependencies: [
            "Disk", "LarderModel", "Objects", "S3", "SigV4",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        // What keeps snapshots; knows digests and bytes, and nothing of entries.
        .target(name: "SnapshotRepository", dependencies: [
            "Disk", "Gzip", "Hashing", "LarderModel", "Objects", "S3", "Sealing", "SigV4",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "SnapshotRepositoryTests", dependencies: [
            "Disk", "Gzip", "Hashing", "LarderModel", "LarderTestSupport", "Objects", "S3", "S3TestSupport", "SigV4",
            "SnapshotRepository",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
        .target(name: "Index", dependencies: [
            "LarderModel",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        .target(name: "IndexOnSQLite", dependencies: [
            "Index",
            .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "GRDBSQLite", package: "GRDB.swift"),
        ]),
        .target(name: "IndexOnPostgres", dependencies: ["CPostgres", "Index", "LarderModel"]),
        // What every engine of the index must do, for the tests of each.
        .target(name: "SQLConformance", dependencies: ["Index"], path: "Tests/Conformance/SQL"),
        .testTarget(name: "IndexOnSQLiteTests", dependencies: [
            "Hashing", "Index", "IndexOnSQLite", "LarderModel", "SQLConformance",
            .product(name: "GRDBSQLite", package: "GRDB.swift"),
        ]),
        // A server of PostgreSQL's for tests.
        .target(name: "PostgresTestSupport", path: "Tests/PostgresTestSupport"),
        .testTarget(name: "IndexOnPostgresTests", dependencies: [
            "Hashing", "Index", "IndexOnPostgres", "LarderModel", "LarderTestSupport", "PostgresTestSupport",
            "SQLConformance",
        ]),
        .target(name: "BlobStore", dependencies: [
            "Disk", "Gzip", "Hashing", "Index", "LarderModel", "Objects",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "VaultsTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Index", "LarderModel", "LarderTestSupport", "Retrieval",
            "StorePolicies", "Vaults",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        // Vaults: items, their copies in memory, and questions.
        .target(name: "Vaults", dependencies: [
            "BlobStore", "Disk", "Hashing", "Index", "LarderModel", "Retrieval",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "Logs", dependencies: [
            "BlobStore", "Disk", "EventStreams", "Hashing", "Index", "LarderModel", "Vaults",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "Housekeeping", dependencies: [
            "Disk", "LarderModel", "BlobStore", "Index", "SnapshotRepository", "Snapshots", "Vaults",
            .product(name: "Logging", package: "swift-log"),
        ]),
        .target(name: "LearningMemory", dependencies: [
            "LarderModel", "BlobStore", "Index",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "LearningMemoryTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Index", "LarderModel", "LearningMemory", "StorePolicies",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "HousekeepingTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Disk", "Housekeeping", "Index", "IndexOnPostgres",
            "LarderModel", "LarderTestSupport", "Objects", "ObjectsOnDisk", "PostgresTestSupport",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "Migration", dependencies: ["BlobStore", "Disk", "Index", "LarderModel", "Objects"]),
        .testTarget(name: "MigrationTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Disk", "Index", "IndexOnPostgres", "IndexOnSQLite", "LarderModel",
            "LarderTestSupport", "Migration", "ObjectConformance", "Objects", "ObjectsOnDisk", "PostgresTestSupport",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "Snapshots", dependencies: [
            "BlobStore", "Disk", "Hashing", "Index", "LarderModel", "Migration", "Objects", "SnapshotRepository",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "SnapshotsTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Disk", "Gzip", "Index", "IndexOnSQLite", "LarderModel",
            "LarderTestSupport", "Migration", "Objects", "ObjectsOnDisk", "SnapshotRepository", "Snapshots",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "Access", dependencies: [
            "BlobStore", "Disk", "Hashing", "Index", "LarderModel",
            .product(name: "Logging", package: "swift-log"),
        ]),
        .target(name: "EventStreams", dependencies: [
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "LarderHTTP", dependencies: [
            "EventStreams", "Gzip", "LarderModel",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOTLS", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ]),
        .testTarget(name: "LarderHTTPTests", dependencies: [
            "EventStreams", "Gzip", "LarderHTTP", "LarderModel", "LarderTestSupport",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
        .target(name: "LarderServer", dependencies: [
            "APIDescription", "CLarderVersion", "EventStreams", "Disk", "LarderHTTP", "LarderModel",
            "BlobStore", "Housekeeping", "LearningMemory", "Logs", "Access", "Snapshots", "StorePolicies", "Vaults",
            "ConsolePages",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ]),
        .target(name: "LarderClient", dependencies: [
            "Hashing", "LarderModel",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        // What AgentOS leaves behind, read for `larder import`: SQLite is a format here, not an index of ours.
        .target(name: "AgentOSImport", dependencies: [
            "Gzip", "Hashing", "LarderClient", "LarderModel",
            .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        .testTarget(name: "AgentOSImportTests", dependencies: [
            "AgentOSImport", "Gzip", "LarderClient", "LarderModel", "LarderTestSupport",
            .product(name: "GRDB", package: "GRDB.swift"),
        ]),
        .testTarget(name: "GzipTests", dependencies: ["Gzip", "LarderModel", "LarderTestSupport"]),
        .testTarget(name: "DiskTests", dependencies: ["Disk", "LarderModel", "LarderTestSupport"]),
        // What every backend must do; each has a test that goes through it.
        .target(name: "ObjectConformance", dependencies: [
            "LarderModel", "Objects",
            .product(name: "NIOCore", package: "swift-nio"),
        ], path: "Tests/Conformance/Objects"),
        .testTarget(name: "ObjectsTests", dependencies: [
            "Disk", "Gzip", "LarderModel", "LarderTestSupport", "ObjectConformance", "Objects",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "ObjectsOnDiskTests", dependencies: [
            "Disk", "LarderModel", "LarderTestSupport", "ObjectConformance", "Objects", "ObjectsOnDisk",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .target(name: "S3TestSupport", dependencies: [
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ], path: "Tests/S3TestSupport", exclude: ["server.py"]),
        .testTarget(name: "ObjectsOnS3Tests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Disk", "Housekeeping", "Index", "LarderModel", "LarderTestSupport",
            "ObjectConformance", "Objects", "ObjectsOnS3", "S3", "S3TestSupport", "SigV4",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
        .testTarget(name: "IndexTests", dependencies: [
            "Hashing", "Index", "IndexOnPostgres", "IndexOnSQLite", "LarderModel", "LarderTestSupport",
            "PostgresTestSupport",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "BlobStoreTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "Disk", "Gzip", "Hashing", "Index", "IndexOnSQLite", "LarderModel",
            "LarderTestSupport", "ObjectConformance", "Objects",
            .product(name: "NIOCore", package: "swift-nio"),
        ]),
        .testTarget(name: "LogsTests", dependencies: [
            "BlobStore", "BlobStoreTestSupport", "EventStreams", "Index", "LarderModel", "LarderTestSupport", "Logs",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        .testTarget(name: "AccessTests", dependencies: [
            "Access", "BlobStore", "BlobStoreTestSupport", "Disk", "Index", "IndexOnPostgres", "LarderModel",
            "LarderTestSupport", "PostgresTestSupport", "StorePolicies",
            .product(name: "Logging", package: "swift-log"),
        ]),
        .testTarget(name: "LarderServerTests", dependencies: [
            "APIDescription", "Access", "BlobStore", "BlobStoreTestSupport", "ConsolePages", "Disk", "Gzip",
            "Housekeeping", "LarderHTTP", "LarderModel", "LarderServer", "LarderTestSupport",
            "LearningMemory", "Logs", "Objects", "StorePolicies", "Vaults",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
        .testTarget(name: "LarderClientTests", dependencies: [
            "LarderClient", "LarderTestSupport",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]),
        // What the micro-benchmarks time, and the program that does it.
        .target(name: "MicroCases", dependencies: [
            "Index", "LarderModel", "LarderServer", "Logs", "Objects", "Retrieval",
        ], path: "Benchmarks/Micro/Cases"),
        .executableTarget(name: "micro", dependencies: ["MicroCases"], path: "Benchmarks/Micro/Driver"),
        .executableTarget(name: "larder", dependencies: [
            "AgentOSImport", "BlobStore", "Disk", "Index", "IndexOnPostgres", "IndexOnSQLite", "LarderClient",
            "LarderHTTP", "LarderModel", "LarderServer", "Migration", "Objects", "ObjectsOnDisk", "ObjectsOnS3",
            "S3", "SigV4", "SnapshotRepository", "Snapshots", "Vaults",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Yams", package: "Yams"),
        ]),
    ]
)

let inC = ["CConsolePages", "CLarderSystem", "CLarderVersion", "CPostgres", "CVectors"]
for target in package.targets where target.type != .system && !inC.contains(target.name) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .treatAllWarnings(as: .error),
        ]
    // Defects on purpose, for `Scripts/torture planted` alone, which builds in a folder of its own: see
    // LarderModel/PlantedFault.swift.
    if Context.environment["LARDER_PLANTED_FAULTS"] == "yes" {
        target.swiftSettings?.append(.define("LARDER_PLANTED_FAULTS"))
    }
}
