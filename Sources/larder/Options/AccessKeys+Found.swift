import Disk
import Foundation
import LarderModel
import SigV4

extension AccessKeys {
    /// Those that somebody has set for this program.
    /// - Parameter file: of AWS's form, with a section `[default]`; nil: they are in `AWS_ACCESS_KEY_ID` and its kin.
    ///   Blocks where it is given.
    /// - Throws: `LarderError` `.malformedRequest`, for who has to set them. It repeats none.
    static func found(in file: String? = nil) throws(LarderError) -> AccessKeys {
        let values: [String: String]
        if let file { values = try read(file) } else { values = fromEnvironment() }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"], !id.isEmpty,
            !secret.isEmpty
        else {
            throw LarderError(
                .malformedRequest,
                file.map { "the credentials file \($0) lacks aws_access_key_id or aws_secret_access_key" }
                    ?? "a bucket needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, "
                    + "where they were lent)")
        }
        return AccessKeys(id: id, secret: secret, sessionToken: values["aws_session_token"])
    }

    private static func fromEnvironment() -> [String: String] {
        let environment = ProcessInfo.processInfo.environment
        var values: [String: String] = [:]
        for name in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
            values[name] = environment[name.uppercased()]
        }
        return values
    }

    /// `name = value` lines of the section `[default]`, or in front of any.
    private static func read(_ path: String) throws(LarderError) -> [String: String] {
        func refused(_ why: String) -> LarderError {
            LarderError(.malformedRequest, "the credentials file \(path) can't be used: \(why)")
        }
        let bytes: [UInt8]
        do {
            guard try !FileSystem.isOpenToOthers(path) else { throw refused("others may read it; chmod 600 it") }
            guard let found = try FileSystem.readFile(path) else { throw refused("there is none") }
            bytes = found
        } catch let error as LarderError { throw error } catch { throw refused("\(error)") }
        var values: [String: String] = [:]
        var isOurs = true
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("[") {
                isOurs = text == "[default]"
            } else if isOurs, !text.hasPrefix("#"), let equals = text.firstIndex(of: "=") {
                let name = text[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
                values[name] = text[text.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            }
        }
        return values
    }
}
