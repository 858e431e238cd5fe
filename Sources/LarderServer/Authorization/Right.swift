import Access
import LarderModel

/// What a request has to be allowed to do before an operation begins.
///
/// - Parameter Target: what the operation works on.
struct Right<Target: Sendable>: Sendable {
    /// Lets a caller in, or throws `LarderError` `.unauthorized`, `.forbidden`, `.crossOrigin`.
    let permit: @Sendable (Target, Caller) throws(LarderError) -> Permit

    /// Finds the store that a request is about.
    typealias Store = @Sendable (Target, Caller) throws(LarderError) -> StoreName
}

extension Right {
    /// Anybody may: nobody is asked who they are.
    static var anybody: Right { Right { _, _ in Permit() } }

    /// Whoever has a token that counts. What it may do is judged by the handler.
    static var anyToken: Right {
        Right { (_, caller) throws(LarderError) in Permit(grounds: .token(try caller.principal())) }
    }

    /// The server's administration, which no site or store bounds.
    static var administration: Right {
        Right { (_, caller) throws(LarderError) in
            let principal = try caller.principal()
            try principal.checkAdministration()
            return Permit(grounds: .token(principal))
        }
    }

    /// The native site as a whole.
    static func site(_ scope: Principal.Scope) -> Right {
        Right { (_, caller) throws(LarderError) in try caller.permit(scope) }
    }

    /// A store of the native site.
    static func store(_ scope: Principal.Scope, _ store: @escaping Store) -> Right {
        Right { (target, caller) throws(LarderError) in try caller.permit(scope, store: try store(target, caller)) }
    }

    /// The same, also by signature.
    static func storeOrSigned(_ scope: Principal.Scope, _ store: @escaping Store) -> Right {
        Right { (target, caller) throws(LarderError) in
            try caller.permitSigned(scope, store: try store(target, caller))
        }
    }
}
