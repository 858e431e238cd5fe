import Objects
import Testing

/// One thing that every ``ObjectBackend`` must do.
package struct ObjectRule: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    package let check: @Sendable (BackendUnderTest) async throws -> Void

    init(_ says: String, _ check: @escaping @Sendable (BackendUnderTest) async throws -> Void) {
        testDescription = says
        self.check = check
    }
}

/// What every ``ObjectBackend`` must do. A test of a backend has one case for each rule, and a new backend for each.
package enum ObjectConformance {
    package static let rules = placing + reading + removing + listing + quarantining
}
