import CLarderVersion

/// What this build calls itself: `1.2.0`, `1.2.0+5.g1a2b3c4` five commits later, `0.0.0+dev` for a build that was not
/// made by `Scripts/package`.
package enum LarderVersion {
    package static let current = String(cString: larder_version())
}
