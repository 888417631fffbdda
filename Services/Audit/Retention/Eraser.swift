import Glibc
import Ledger
import Storage

/// Overwrites contents of the ledger with zeros, salt first, so that nobody can try out what may have stood there. Leaves and lengths stay,
/// and so does everything that is proved. What was cut short is done again with the same result.
struct Eraser: Sendable {
  let paths: LedgerPaths
  /// Called before each write; tests end the process there.
  var beforeWrite: @Sendable () throws -> Void = {}
  private static let chunk = 65_536

  init(_ paths: LedgerPaths) { self.paths = paths }

  /// Durable when it returns.
  ///
  /// - Parameter positions: of committed records, ascending.
  /// - Returns: how many contents are gone, and their bytes.
  func erase(_ positions: [Int64], _ extent: Extent, _ transaction: any StoreTransaction) throws -> (contents: Int64, bytes: Int64) {
    let reader = LedgerReader(paths)
    var (contents, bytes) = (Int64(0), Int64(0))
    try reader.forEachBundle(of: positions.filter { $0 < extent.size }, extent, transaction) { bundle, here in
      bytes += try erase(Set(here.map(\.place)), in: bundle)
      contents += Int64(here.count)
    }
    return (contents, bytes)
  }

  private func erase(_ places: Set<Int>, in bundle: LedgerReader.Bundle) throws -> Int64 {
    let path = paths.contents(bundle.contents.segment)
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw AppendFile.error(path) }
    defer { close(descriptor) }
    var at = bundle.contents.offset
    var bytes: Int64 = 0
    for place in 0...(places.max() ?? 0) {
      let head = try readFile(descriptor, path, from: at, count: 20)
      guard head.count == 20 else { throw StoreError(.damaged, "\(path) ends before byte \(at). Restore the ledger's folder from its backup.") }
      let size = head[16..<20].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let length = size == LedgerWriter.noContent ? 0 : Int64(size)
      if places.contains(place) {
        try zero(descriptor, path, from: at, count: 16)
        try zero(descriptor, path, from: at + 20, count: length)
        bytes += length
      }
      at += 20 + length
    }
    guard fdatasync(descriptor) == 0 else { throw AppendFile.error(path) }
    return bytes
  }

  private func zero(_ descriptor: Int32, _ path: String, from offset: Int64, count: Int64) throws {
    let zeros = [UInt8](repeating: 0, count: Int(min(count, Int64(Self.chunk))))
    var done: Int64 = 0
    while done < count {
      try beforeWrite()
      let step = min(count - done, Int64(zeros.count))
      let written = zeros.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, Int(step), off_t(offset + done)) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw AppendFile.error(path) }
      done += Int64(written)
    }
  }
}
