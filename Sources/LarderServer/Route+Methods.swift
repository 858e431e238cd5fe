import NIOHTTP1

extension Route {
    /// The methods that the path takes. Others are 405, and the answer's `Allow` says these (RFC 9110 §15.5.6).
    var methods: [HTTPMethod] {
        switch self {
        case .entry(.netlify, _): [.GET, .HEAD, .PUT, .DELETE]
        case .entry(.native, _): [.GET, .HEAD, .PUT, .PATCH, .DELETE]
        case .entry(.public, _): [.GET, .HEAD]
        case .netlifyAPIEntry: [.GET, .HEAD, .PUT, .DELETE]
        case .netlifyStore: [.GET, .DELETE]
        case .netlifySite: [.GET]
        case .nativeStores, .nativeStore: [.GET, .HEAD]
        case .nativeEntries: [.GET, .HEAD, .DELETE]
        case .progress(.run): [.GET, .HEAD, .POST]
        case .progress(.runs): [.GET, .HEAD]
        case .progress(.function): [.GET, .POST, .OPTIONS]
        case .memory(let route): route.methods
        case .tokens(id: nil): [.GET, .POST]
        case .tokens: [.DELETE]
        case .jobs(.begin): [.POST]
        case .jobs(.jobs): [.GET, .HEAD]
        case .jobs(.job): [.GET, .HEAD, .DELETE]
        case .sign: [.POST]
        case .rollAdminToken, .rotateSigningKey: [.POST]
        case .audit, .growth, .console: [.GET, .HEAD]
        case .session: [.GET, .HEAD, .POST, .DELETE]
        case .server: [.GET, .HEAD]
        }
    }
}

extension MemoryRoute {
    fileprivate var methods: [HTTPMethod] {
        switch part {
        case nil: [.GET, .HEAD, .DELETE]
        case .runs, .ratings, .rebuild: [.POST]
        case .preferences: [.PATCH]
        case .suggestions: [.GET, .HEAD]
        }
    }
}
