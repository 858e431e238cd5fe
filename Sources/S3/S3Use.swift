/// What a bucket is used for, in the words of its failures.
package struct S3Use: Sendable {
    /// The beginning of a sentence: `The bucket that keeps large content`.
    package let bucket: String
    /// How the sentence ends when nobody is there, and when the service refuses.
    package let whenAway: String
    package let whenRefused: String
    /// An object that was to be there is missing, or another one.
    package let whenMissing: String

    package init(bucket: String, whenAway: String, whenRefused: String, whenMissing: String) {
        self.bucket = bucket
        self.whenAway = whenAway
        self.whenRefused = whenRefused
        self.whenMissing = whenMissing
    }
}
