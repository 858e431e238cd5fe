import LarderModel
import Testing

@Suite("A LarderError")
struct LarderErrorTests {
    private struct Foreign: Error {}

    @Test("has a code of its own for each kind, in lower case")
    func codes() {
        let codes = LarderError.Code.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(
            codes.allSatisfy {
                $0.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
            })
    }

    @Test("passes through a boundary as it is; anything else becomes an internal error with its cause for the log only")
    func wrapping() {
        let own = LarderError(.notFound, "No such entry.", cause: "row 7")
        #expect(LarderError.wrapping(own).code == .notFound)
        let foreign = LarderError.wrapping(Foreign())
        #expect(foreign.code == .internalError)
        #expect(!foreign.message.contains("Foreign"))
        #expect(foreign.cause?.contains("Foreign") == true)
        #expect(own.description == "not_found: No such entry. (row 7)")
    }
}
