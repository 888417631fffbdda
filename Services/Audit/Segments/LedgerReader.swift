import Glibc
import Ledger
import Storage

/// Reads committed leaves and contents. Any thread.
struct LedgerReader {
  let paths: LedgerPaths

  init(_ paths: LedgerPaths) { self.paths = paths }

  /// 256 leaves, or as many as the last run has.
  struct Bundle {
    let number: Int64
    let leaves: [ArraySlice<UInt8>]
    let contents: Address
  }

  /// - Throws: `damaged` where it is not there whole.
  func bundle(_ number: Int64, _ extent: Extent, _ transaction: any StoreTransaction) throws -> Bundle {
    guard number >= 0, let row = try transaction.load(Tables.bundles, [[.integer(number)]])[0] else {
      throw StoreError(.damaged, "the database does not know where bundle \(number) of the ledger begins")
    }
    let at = Address(try row[1].integer())
    let count = min(Int64(TilePath.width), extent.size - number * Int64(TilePath.width))
    let path = paths.leaves(at.segment)
    let bytes = try readFile(path, from: at.offset, count: Int(count) * (Leaf.limit + 2))
    guard let leaves = split(bytes, Int(count)) else {
      throw StoreError(
        .damaged,
        "\(path): \(count) leaves are committed from byte \(at.offset) on, not all are there. Restore the ledger's folder from its backup.")
    }
    return Bundle(number: number, leaves: leaves, contents: Address(try row[2].integer()))
  }

  /// Visits each bundle in which some of these records lie. - Parameter positions: of committed records, ascending.
  func forEachBundle(
    of positions: [Int64], _ extent: Extent, _ transaction: any StoreTransaction, _ visit: (Bundle, _ here: [(position: Int64, place: Int)]) throws -> Void
  ) throws {
    let width = Int64(TilePath.width)
    var rest = positions[...]
    while let first = rest.first {
      let here = rest.prefix { $0 / width == first / width }
      try visit(bundle(first / width, extent, transaction), here.map { ($0, Int($0 % width)) })
      rest = rest.dropFirst(here.count)
    }
  }

  /// The first `count` leaves of a run.
  private func split(_ bytes: [UInt8], _ count: Int) -> [ArraySlice<UInt8>]? {
    var leaves: [ArraySlice<UInt8>] = []
    var at = 0
    while leaves.count < count {
      guard at + 2 <= bytes.count else { return nil }
      let end = at + 2 + (Int(bytes[at]) << 8 | Int(bytes[at + 1]))
      guard end <= bytes.count else { return nil }
      leaves.append(bytes[(at + 2)..<end])
      at = end
    }
    return leaves
  }

  /// The content of a leaf with its salt.
  struct Content {
    let salt: [UInt8]
    let bytes: [UInt8]?

    func matches(_ leaf: Leaf) -> Bool {
      salt.withUnsafeBytes { salt in
        guard let bytes else { return Leaf.contentHash(salt: salt, nil) == leaf.content }
        return bytes.withUnsafeBytes { Leaf.contentHash(salt: salt, $0) == leaf.content }
      }
    }
  }

  /// The contents of some leaves of a bundle, by their place in it (ascending). Stops where the file ends.
  func contents(_ bundle: Bundle, _ places: [Int]) throws(StoreError) -> [Int: Content] {
    let path = paths.contents(bundle.contents.segment)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw AppendFile.error(path) }
    defer { close(descriptor) }
    var found: [Int: Content] = [:]
    var at = bundle.contents.offset
    for place in 0...(places.last ?? 0) {
      let head = try readFile(descriptor, path, from: at, count: 20)
      guard head.count == 20 else { break }
      let size = head[16..<20].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      at += 20
      let length = size == LedgerWriter.noContent ? 0 : Int64(size)
      if places.contains(place) {
        guard length <= 64 << 20 else { break }
        let bytes = try readFile(descriptor, path, from: at, count: Int(length))
        guard bytes.count == Int(length) else { break }
        found[place] = Content(salt: Array(head[..<16]), bytes: size == LedgerWriter.noContent ? nil : bytes)
      }
      at += length
    }
    return found
  }
}
