/// How long an answer is waited for.
enum Patience {
    /// As long as the server is there: it is asked by another way each ``PostgresConnection/silence``, up to
    /// ``PostgresConnection/answerLimit``.
    case whileReachable
    /// Not longer than this.
    case limit(Duration)
    /// Until the connection breaks: for changes of the tables, which take their time.
    case unlimited
}
