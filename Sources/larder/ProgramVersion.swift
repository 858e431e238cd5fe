import LarderServer

/// The version of this program: client and server are one.
enum ProgramVersion {
    static let text = LarderVersion.current
}
