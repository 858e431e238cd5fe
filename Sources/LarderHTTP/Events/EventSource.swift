/// What an event stream brings. Lives on its connection's event loop and is called there only.
package protocol EventSource: AnyObject {
    /// The client waits for the head of the answer: ``EventStream/open(_:_:then:)`` or ``EventStream/refuse(_:)``.
    func start()
    /// The stream is over, whoever ended it. Called once.
    func ended()
}
