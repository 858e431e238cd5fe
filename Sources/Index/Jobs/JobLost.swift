/// A job is not this node's any more: it has ended, or another node goes on with it. The transaction that says so
/// changes nothing.
package struct JobLost: Error {
    package init() {}
}
