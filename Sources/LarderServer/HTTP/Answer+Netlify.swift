import LarderHTTP
import LarderModel

extension Answer {
    /// The one error shape, which on the Netlify client's faces has a field more.
    static func error(_ error: LarderError, onNetlifyFace: Bool) -> Answer {
        var answer = Answer.error(error)
        if onNetlifyFace { answer.headers.add(name: "x-nf-error", value: ErrorTable.headerText(error.message)) }
        return answer
    }
}
