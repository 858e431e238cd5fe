import LarderHTTP
import LarderModel
import NIOHTTP1

/// How a face says what went wrong.
struct ErrorShape: Sendable {
    /// The answer to an error; `isStray`: the path names nothing, so nobody knows for which face it was meant.
    let answer: @Sendable (_ error: LarderError, _ isStray: Bool) -> Answer

    /// The one shape of JSON (contract §4). A stray request may come from the Netlify client, which reads the reason
    /// from a field.
    static let json = ErrorShape { error, isStray in isStray ? netlifyAnswer(error) : Answer.error(error) }
    /// The same, with the field that the Netlify client reads. Without a token that counts Netlify answers 403, and
    /// says no reason, for which the client has words of its own.
    static let netlify = ErrorShape { error, _ in
        error.code == .unauthorized ? Answer.error(error, as: .forbidden) : netlifyAnswer(error)
    }

    private static func netlifyAnswer(_ error: LarderError) -> Answer {
        var answer = Answer.error(error)
        answer.headers.add(name: "x-nf-error", value: ErrorTable.headerText(error.message))
        return answer
    }
}
