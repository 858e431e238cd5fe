import BlobStore
import LarderHTTP

/// An entry's content goes out as it is read.
extension PieceReader: PieceSource {}
