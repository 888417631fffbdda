import Crypto
import Permits
import Wire

/// Who may send items, and which executors may answer: what `sources.yaml` says.
struct SourceRegistry: Sendable {
  private let sources: [String: Source]
  private let byToken: [[UInt8]: String]
  private let executors: [String: KeySet]

  init(sources: [Source], executors: [String: KeySet]) {
    self.sources = Dictionary(sources.map { ($0.name, $0) }) { first, _ in first }
    byToken = Dictionary(sources.compactMap { source in source.tokenHash.map { ($0, source.name) } }) { first, _ in
      first
    }
    self.executors = executors
  }

  func source(named name: String) -> Source? { sources[name] }

  /// The source whose bearer token this is. Tokens are compared by their hashes, so that time tells nothing about them.
  func source(token: String) -> Source? { byToken[sha256(token.utf8)].flatMap { sources[$0] } }

  /// The key of an executor. An answer's `kid` is the executor's name, which alone chooses nothing: the key must
  /// verify.
  func keys(ofExecutor name: String) -> KeySet? { executors[name] }

  var names: [String] { sources.keys.sorted() }
}

/// A registered producer of items.
struct Source: Sendable {
  /// As in `ce_source`: a–z, 0–9, `-` and `.`.
  let name: String
  /// The workflows to which it may send.
  let workflows: [String]
  /// Where in an item's data the requester stands (RFC 6901), and whether the source vouches for it.
  let requester: (pointer: String, verified: Bool)?
  /// The only Kafka topic by which it comes, where it has one of its own.
  let door: String?
  /// SHA-256 of its bearer token for HTTP; nil where it may not come that way.
  let tokenHash: [UInt8]?

  func allows(_ workflow: String) -> Bool { workflows.contains { $0.utf8.elementsEqual(workflow.utf8) } }
}
