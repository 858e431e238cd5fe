// swift-tools-version: 6.2
import PackageDescription

// The yardstick of Scripts/bench: what a Hummingbird server costs that does nothing. Apart, so that Larder's own graph stays as it is.
let package = Package(
    name: "BareServer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1")
    ],
    targets: [
        .executableTarget(
            name: "BareServer",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird")
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .treatAllWarnings(as: .error),
            ])
    ]
)
