import ArgumentParser
import LarderClient
import LarderModel

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a thrown error is shown: one line, or with `--json` the error document; and the exit code.
struct FailureReport {
    private enum Kind {
        /// Help and the like: not a failure. The text goes to standard output.
        case message(String)
        case failure(code: String, message: String, ExitStatus)
        /// The command has said everything already.
        case silent(Int32)
    }

    private let kind: Kind

    init(_ error: any Error) {
        kind =
            switch error {
            // `larder get … | head`: the reader has what it wanted.
            case let error as LarderClientError where error.code == .brokenPipe: .silent(ExitStatus.failed.rawValue)
            case let error as LarderClientError:
                .failure(code: error.code.rawValue, message: error.message, ExitStatus(error.code))
            case let error as CommandFailure: .failure(code: error.code, message: error.message, error.status)
            case let error as LarderError: .failure(code: error.code.rawValue, message: error.message, .failed)
            case let error as ExitCode: .silent(error.rawValue)
            case is CancellationError: .failure(code: "cancelled", message: "Interrupted.", .failed)
            case let failure as ParsingFailure: Self.parserKind(failure.error, failure.naming)
            default: Self.parserKind(error)
            }
    }

    /// What ArgumentParser throws. Its own code for a usage error is 64; the contract's is 2.
    private static func parserKind(_ error: any Error, _ naming: (String) -> String = { $0 }) -> Kind {
        let code = Larder.exitCode(for: error)
        if code.isSuccess { return .message(Larder.message(for: error)) }
        guard code == .validationFailure else { return .failure(code: "failed", message: "\(error)", .failed) }
        return .failure(code: "usage", message: naming(ValueKind.explain(Larder.message(for: error))), .usage)
    }

    /// Shows it and ends the process.
    func exit() -> Never {
        switch kind {
        case .silent(let code): leave(code)
        case .message(let text):
            Console.write(text + "\n", to: 1)
            leave(0)
        case .failure(let code, let message, let status):
            if CommandLine.arguments.contains("--json") {
                Console.json(ErrorDocument(code: code, message: message).json, to: .error)
            } else {
                let text = message.split(whereSeparator: \.isNewline).joined(separator: " ")
                Console.error("larder: " + text)
                if code == "usage" { Console.error("See 'larder --help' and 'larder help <subcommand>'.") }
            }
            leave(status.rawValue)
        }
    }

    private func leave(_ code: Int32) -> Never {
        #if canImport(Glibc)
        Glibc.exit(code)
        #elseif canImport(Musl)
        Musl.exit(code)
        #else
        Darwin.exit(code)
        #endif
    }
}

/// `{"error":{"code","message"}}`
private struct ErrorDocument: Encodable {
    struct Body: Encodable {
        var code: String
        var message: String
    }
    var error: Body

    init(code: String, message: String) { error = Body(code: code, message: message) }

    var json: [UInt8] { (try? ClientJSON.encode(self)) ?? Array(#"{"error":{}}"#.utf8) }
}
