import ArgumentParser

/// Where the data directory is.
struct DataOptions: ParsableArguments {
    @Option(help: "The data directory.")
    var data: String?

    /// `--data` (or what stands for it, see ``Settings``), else the usual one.
    var directory: String { data ?? Self.usual }

    /// `$XDG_DATA_HOME/larder`, else `~/.local/share/larder`.
    static var usual: String { UserFolder.data + "/larder" }
}
