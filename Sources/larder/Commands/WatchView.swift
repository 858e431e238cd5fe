import LarderClient

/// Shows a run that is being watched. Called from several tasks.
protocol WatchView: Sendable {
    /// Something happened.
    func show(_ event: RunEvent)
    /// A second went by.
    func tick()
    /// The run is over.
    func ended(_ state: RunState)
    /// Nothing more comes, for whatever reason.
    func close()
}
