import LarderHTTP
import LarderModel
import NIOHTTP1

/// A kind of thing that paths name, with what may be done to it. Declared once for each kind; the things themselves
/// come with the requests.
///
/// - Parameter Target: what names one of them, such as an `EntryName`.
final class ResourceKind<Target: Sendable>: Sendable {
    /// For tests and people: `entry`.
    let name: String
    let operations: [Operation<Target>]
    /// The methods that it takes, in the order of the declaration. Others are 405, and the answer's `Allow` says these
    /// (RFC 9110 §15.5.6).
    let methods: [HTTPMethod]

    init(_ name: String, _ operations: [Operation<Target>]) {
        self.name = name
        self.operations = operations
        methods = operations.filter { !$0.isRefusal }.flatMap(\.methods)
    }

    /// - Throws: `LarderError` `.methodNotAllowed`.
    func operation(_ method: HTTPMethod) throws(LarderError) -> Operation<Target> {
        for operation in operations where operation.methods.contains(method) { return operation }
        throw LarderError(
            .methodNotAllowed,
            "\(method.rawValue) means nothing here; this path takes "
                + methods.map(\.rawValue).joined(separator: ", ") + ".")
    }
}

/// What a path names: one thing of a kind.
struct Resource: Sendable {
    private let bound: any BoundResource

    init<Target>(_ target: Target, _ kind: ResourceKind<Target>) { bound = Bound(target: target, kind: kind) }

    /// The name of its kind.
    var kind: String { bound.kindName }
    /// What names it, of the type of its kind.
    var target: any Sendable { bound.name }
    /// The methods that it takes.
    var methods: [HTTPMethod] { bound.methods }

    /// Lets the request in and begins to answer it. On the event loop; nothing here blocks.
    /// - Throws: `LarderError` `.methodNotAllowed`, `.unauthorized`, `.forbidden`; what the operation refuses.
    func begin(_ caller: Caller) throws -> (Permit, Handling) { try bound.begin(caller) }
}

/// Hides the type of the target, so that one list holds the faces of all kinds of things.
private protocol BoundResource: Sendable {
    var kindName: String { get }
    var name: any Sendable { get }
    var methods: [HTTPMethod] { get }
    func begin(_ caller: Caller) throws -> (Permit, Handling)
}

private struct Bound<Target: Sendable>: BoundResource {
    let target: Target
    let kind: ResourceKind<Target>

    var kindName: String { kind.name }
    var name: any Sendable { target }
    var methods: [HTTPMethod] { kind.methods }

    func begin(_ caller: Caller) throws -> (Permit, Handling) {
        let operation = try kind.operation(caller.request.method)
        let permit = try operation.right.permit(target, caller)
        let call = Call(request: caller.request, server: caller.server, permit: permit)
        return (permit, try operation.handle(target, call))
    }
}
