import Gzip
import NIOCore

extension GzipEncoder {
    /// - Parameters:
    ///   - input: the next plain bytes.
    ///   - finish: whether these were the last.
    ///   - output: where compressed bytes are appended.
    func encode(_ input: UnsafeRawBufferPointer, finish: Bool, into output: inout ByteBuffer) {
        var rest = input
        var isDone = false
        while !isDone {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.room(for: rest.count)) { room in
                let turn = turn(rest, finish: finish, into: room)
                rest = UnsafeRawBufferPointer(rebasing: rest[turn.taken...])
                isDone = turn.isDone
                return turn.produced
            }
        }
    }
}
