/// Hears of changes of what it follows. Lives on one event loop and is called there only.
package protocol HubMember: AnyObject {
    func deliver(_ news: HubNews)
    /// Called every few seconds: time for a heartbeat when nothing else was sent.
    func tick()
    /// The index is away: the client is sent off, to come back in a while.
    func dismiss()
}

/// What a commit did to something that is followed.
package enum HubNews: Sendable {
    /// A log has new events, or was emptied.
    case log(LogUpdate)
    /// An entry was written or removed, or a job began, went on or ended: who wants to know more looks.
    case changed
}
