import CPostgres
import Index

extension SQLFailure {
    /// Of an answer that says that a statement failed.
    init(_ result: PostgresResult) {
        func field(_ code: Unicode.Scalar) -> String? {
            larder_pq_resultErrorField(result.pointer, Int32(code.value)).map { String(cString: $0) }
        }
        let state = field("C") ?? ""
        let message = field("M") ?? larder_pq_resultErrorMessage(result.pointer).map { String(cString: $0) } ?? ""
        let isFatal = ["FATAL", "PANIC"].contains(field("V") ?? "")
        self.init(
            isFatal ? .away : Self.kind(state),
            "PostgreSQL \(state.isEmpty ? "failed" : state): \(message.trimmingLineEnd)"
                + (field("D").map { " (\($0.trimmingLineEnd))" } ?? ""))
    }

    /// What an SQLSTATE means here (PostgreSQL's manual, appendix A).
    static func kind(_ state: String) -> Kind {
        switch state {
        case "40001", "40P01", "55P03": .undone
        case "53100": .full
        case "XX001", "XX002": .damaged
        // A server that goes down or comes up.
        case "57P01", "57P02", "57P03", "25P03": .away
        case _ where state.hasPrefix("23"): .constraint
        case _ where state.hasPrefix("08") || state.hasPrefix("53"): .away
        default: .other
        }
    }
}

extension String {
    /// Without the line breaks at its end; those within become blanks.
    var trimmingLineEnd: String {
        split(whereSeparator: \.isNewline).joined(separator: " ").trimmingPrefix(" ").description
    }
}
