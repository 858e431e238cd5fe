/// What this build calls itself.
package enum LarderVersion {
    package static let current = "0.1.0"
}
