/// Which file or folder it is: another one in its place has another identity, as long as this one is open.
package struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}
