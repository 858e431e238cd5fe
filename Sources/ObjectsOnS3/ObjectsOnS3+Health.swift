package import LarderModel
import S3
import Synchronization

extension ObjectsOnS3 {
    /// Without a request for so long, one is made to see whether the bucket is still there.
    private static let silenceMax = Duration.seconds(10)

    static var unreached: LarderError {
        LarderError(
            .unavailable,
            "The bucket that keeps large content was not reached since this server started, so nothing was done; small "
                + "content goes on. Try again in a moment.")
    }

    package var trouble: LarderError? {
        guard isChecked.load(ordering: .acquiring) else { return Self.unreached }
        return client.health.trouble.map { client.error($0) }
    }

    package func probe() async {
        guard isChecked.load(ordering: .acquiring) else { return }
        if client.health.trouble == nil, let silence = client.health.silence, silence < Self.silenceMax { return }
        _ = try? await client.get(markKey, .once)
    }
}
