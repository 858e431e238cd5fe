/// On what grounds a request was let in. Whatever takes time holds them and asks as it goes whether they still hold.
package enum Grounds: Sendable {
    /// Nobody was asked for anything.
    case everybody
    case token(Principal)
    case signature(URLSigner.Grant)
}

/// What has become of the grounds on which somebody was let in.
package enum Standing: Sendable, Equatable {
    case good
    /// Their time has run out.
    case expired
    /// Somebody took them away: the token was revoked or rolled, the signing key rotated out.
    case revoked
}
