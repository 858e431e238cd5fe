import Glibc
import LarderModel
import Testing

@testable import Disk

@Suite("A file operation that failed")
struct FailureTests {
    @Test(
        "is told as what passes where it does",
        arguments: [
            (EMFILE, LarderError.Code.unavailable), (ENFILE, .unavailable), (ENOSPC, .diskFull), (EDQUOT, .diskFull),
            (EIO, .internalError), (EACCES, .internalError),
        ])
    func told(errno: Int32, code: LarderError.Code) {
        let error = FileSystem.Failure(call: "open", path: "/secret", errno: errno).larderError
        #expect(error.code == code)
        #expect(!error.message.contains("secret"))
        #expect(error.cause?.contains("open /secret") == true)
    }
}
