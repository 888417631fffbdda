import JSON
import Ledger
import Wire

/// One record of a case's story.
struct Hop {
  let position: Int64
  /// `TOPIC/PARTITION/OFFSET`.
  let place: String
  let leaf: Leaf
  /// The record's frame, from its leaf or, where that was too large, from its content.
  private var headers: [(name: String, value: String)]
  private let body: [UInt8]?
  /// Whether the content is what the leaf committed to; nil where there is none.
  private let isIntact: Bool?

  init(position: Int64, leaf: Leaf, content: LedgerReader.Content?) {
    self.position = position
    self.leaf = leaf
    place = "\(leaf.topic)/\(leaf.partition)/\(leaf.offset)"
    isIntact = content.map { $0.matches(leaf) }
    let whole = leaf.kind == .whole && isIntact == true ? content?.bytes.flatMap { Frame.split($0[...])?.first } : nil
    headerSection = whole.map { FramePieces($0).headers } ?? leaf.headerSection
    if let whole {
      headers = whole.headers.map { ($0.name, $0.value.map { String(decoding: $0, as: UTF8.self) } ?? "") }
      body = whole.body.map { Array($0) }
    } else {
      headers = leaf.headers.map {
        (String(decoding: $0.name, as: UTF8.self), $0.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
      }
      // What is zeros by now, or half of it, is nothing to show.
      body = leaf.kind == .body && isIntact == true ? content?.bytes : nil
    }
  }

  /// As a leaf or a frame has them (count, then each).
  private(set) var headerSection: ArraySlice<UInt8>

  /// Takes the headers that went with the content from the record of its erasure.
  mutating func take(_ kept: ContentErasing.Kept) {
    guard leaf.kind == .whole, isIntact != true, let bytes = Base64.bytes(kept.headers) else { return }
    headerSection = bytes[...]
    headers = Leaf.headers(bytes[...])?.map {
      (String(decoding: $0.name, as: UTF8.self), $0.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
    } ?? []
  }

  /// What it says of headers that go with contents, where it is the record of an erasure.
  var kept: [ContentErasing.Kept] {
    guard header(Header.type) == ContentErasing.type, let content, let fields = try? Fields(content) else { return [] }
    return (try? ContentErasing(fields))?.kept ?? []
  }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  var time: Int64 { header(Header.time).flatMap { Instant(rfc3339: $0) }?.microseconds ?? 0 }

  /// The record that led to this one, as its place; nil for every other cause.
  var cause: String? {
    guard let text = header(Header.cause), text.hasPrefix("message:") else { return nil }
    return text.dropFirst("message:".count).split(separator: "/").prefix(3).joined(separator: "/")
  }

  /// What it says; nil where that is erased, damaged or no JSON.
  var content: JSON? { isIntact == true ? body.flatMap { try? JSON.parse($0, limits: .stored) } : nil }

  /// - Parameter erasures: by which record contents of this case are gone, by position (`Erasures.byPosition`).
  func json(showsContent: Bool, erasures: [Int64: Int64] = [:]) -> JSON {
    var facts = JSONObject()
    for fact in Fact.allCases { if let value = header(fact.rawValue) { facts[shortName(fact)] = .string(value) } }
    var object = JSONObject([
      ("position", .integer(position)), ("time", .string(header(Header.time) ?? "")), ("service", .string(service)),
      ("type", .string(header(Header.type) ?? "")), ("topic", .string(leaf.topic)),
      ("partition", .integer(Int64(leaf.partition))), ("offset", .integer(Int64(clamping: leaf.offset))),
      ("number", .integer(header(Header.sequence).flatMap { Int64($0) } ?? 0)),
      ("epoch", .integer(header(Header.epoch).flatMap { Int64($0) } ?? 0)), ("facts", .object(facts)),
      ("leaf_hash", .string("\(leaf.hash)")), ("content_hash", .string("\(leaf.content)")),
      ("intact", isIntact == false && erasures[position] != nil ? .null : isIntact.map { .bool($0) } ?? .null),
    ])
    if isIntact != true, let by = erasures[position] { object["erased_by"] = .integer(by) }
    object["cause"] = header(Header.cause).map { .string($0) }
    object["traceparent"] = header(Header.traceParent).map { .string($0) }
    if showsContent {
      // What is no JSON is not ours and stays out of the answer.
      object["body"] = body.flatMap { try? JSON.parse($0, limits: .stored) } ?? .null
    }
    return .object(object)
  }

  /// What it does not tell as it must (`RequiredFields`), in words; none of a record that the table does not have.
  var flaws: [String] {
    // A dead letter may name a case after what an outsider wrote.
    guard !leaf.topic.hasSuffix(".dead"), let type = header(Header.type), let row = RequiredFields.table.first(where: { $0.type == type }) else { return [] }
    return row.fields.compactMap { field in
      RequiredFields.flaw(field, header(field.fact.rawValue).map { Array($0.utf8)[...] }).map { "\(shortName(field.fact)) (\($0.rawValue) in \(type))" }
    }
  }

  /// Its place among all that its service wrote in its lane.
  var order: Int64 { header(Header.order).flatMap { Int64($0) } ?? 0 }

  var service: String {
    let source = header(Header.source) ?? ""
    return source.hasPrefix("countersign/") ? String(source.dropFirst("countersign/".count)) : source
  }
}
