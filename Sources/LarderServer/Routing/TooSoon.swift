import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// A request comes sooner than its token's rate lets it.
struct TooSoon: Error {
    let refusal: RateLimiter.Refusal

    /// 429, with when to come again: in seconds (`Retry-After`) and as a time in seconds since 1970
    /// (`X-RateLimit-Reset`, as the Netlify client reads it).
    func answer(_ errors: ErrorShape) -> Answer {
        let seconds = max(1, Int64(refusal.wait.seconds.rounded(.up)))
        let what = refusal.kind == .requests ? "requests" : "bytes"
        let error = LarderError(
            .tooManyRequests, "This token may make \(refusal.limit) \(what) a second; come again in \(seconds) s.")
        var answer = errors.answer(error, false)
        answer.headers.replaceOrAdd(name: "retry-after", value: "\(seconds)")
        answer.headers.add(name: "x-ratelimit-limit", value: "\(refusal.limit)")
        answer.headers.add(name: "x-ratelimit-remaining", value: "0")
        answer.headers.add(name: "x-ratelimit-reset", value: "\(WallClock.system.now().wholeSeconds + seconds)")
        return answer
    }
}

extension Answer {
    /// Bytes of the body as it goes out; event streams apart, which nobody can know.
    var sentBytes: Int64 {
        if case .none = body { 0 } else { contentLength ?? 0 }
    }
}
