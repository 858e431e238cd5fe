import LarderHTTP
import LarderModel
import NIOHTTP1

/// What some methods do to a thing, and the right that it takes.
struct Operation<Target: Sendable>: Sendable {
    let methods: [HTTPMethod]
    let right: Right<Target>
    /// Begins it, for a request that was let in. On the event loop; must not block.
    let handle: @Sendable (Target, Call) throws -> Handling
    /// Whether all that it does is to say why not.
    let isRefusal: Bool

    private init(
        _ methods: [HTTPMethod], _ right: Right<Target>, isRefusal: Bool,
        _ handle: @escaping @Sendable (Target, Call) throws -> Handling
    ) {
        self.methods = methods
        self.right = right
        self.handle = handle
        self.isRefusal = isRefusal
    }

    /// An operation that decides request by request how to go about it.
    static func any(
        _ methods: HTTPMethod..., by right: Right<Target>,
        _ handle: @escaping @Sendable (Target, Call) throws -> Handling
    ) -> Operation {
        Operation(methods, right, isRefusal: false, handle)
    }

    /// An operation that waits for something, and so has a task.
    static func task(
        _ methods: HTTPMethod..., by right: Right<Target>,
        _ answer: @escaping @Sendable (Target, Call, IncomingBody) async throws -> Answer
    ) -> Operation {
        Operation(methods, right, isRefusal: false) { target, call in
            .task { body in try await answer(target, call, body) }
        }
    }

    /// Methods that are no mistake of the client's program, but of the name that it was given: they are answered with
    /// this error instead of 405, and `Allow` does not name them.
    static func refuse(_ methods: HTTPMethod..., with error: LarderError) -> Operation {
        Operation(methods, .anybody, isRefusal: true) { _, _ in throw error }
    }
}
