import Bundles
import JSON
import Wire

/// What a source gave: free of private values, which stand beside it.
struct Fetched: Sendable {
  enum Outcome: Sendable {
    /// - Parameters:
    ///   - id: names the record within the source; never a private value.
    ///   - age: seconds since the source last confirmed it, as far as it says so.
    ///   - score: quality of the match in [0,1], where the source has one.
    case found(id: String, fields: JSON, score: Double?, age: Int64)
    /// It answered that there is nothing.
    case missing
    /// It did not answer, or not as it should.
    case failed(String)
  }
  var outcome: Outcome
  /// Private values behind the tokens in `fields`.
  var values: [String: String] = [:]
  /// Of the current state only: the digest of the state as it was returned, and the salt in it (permit claims).
  var pre: String?
  var salt: String?

  /// What records and state hold of it.
  ///
  /// The digest is that of the tokenised fields: an unsalted one of private values could be guessed.
  func json(_ source: Source, now: Instant) -> JSON {
    var object = JSONObject([
      ("name", .string(source.name)), ("shelf_life", .integer(Int64(source.shelfLifeSeconds))),
    ])
    if source.mustView { object["must_view"] = true }
    if !source.looksAgain { object["look_again"] = false }
    switch outcome {
    case .found(let id, let fields, let score, let age):
      object["answered"] = true
      object["found"] = true
      object["id"] = .string(id)
      object["fields"] = fields
      object["digest"] = .string(hex(sha256(fields.canonical)))
      object["score"] = score.map { .number($0) }
      object["fetched_at"] = .integer(now.adding(seconds: -Double(age)).microseconds)
    case .missing:
      object["answered"] = true
      object["found"] = false
      object["fetched_at"] = .integer(now.microseconds)
    case .failed(let why):
      object["answered"] = false
      object["found"] = false
      object["why"] = .string(String(why.prefix(300)))
      object["fetched_at"] = .integer(now.microseconds)
    }
    object["pre"] = pre.map { .string($0) }
    object["salt"] = salt.map { .string($0) }
    return .object(object)
  }
}

extension Source {
  /// What the source gives without asking anyone; nil where it must be fetched.
  func local(_ data: JSON, _ workflow: Workflow) -> Fetched? {
    switch kind {
    case .item:
      guard let fields = data.value(at: from), !fields.isNull else { return Fetched(outcome: .missing) }
      return Fetched(outcome: .found(id: from, fields: fields, score: nil, age: 0))
    case .directory:
      guard let text = data.value(at: query)?.string, let index = workflow.directories[name] else {
        return Fetched(outcome: .missing)
      }
      let hits = index.search(text)
      guard let best = hits.first else { return Fetched(outcome: .missing) }
      let documents = hits.map { hit -> JSON in
        ["file": .string(hit.name), "score": .number(hit.score), "text": .string(hit.text)]
      }
      return Fetched(
        outcome: .found(id: "\(folder)/\(best.name)", fields: ["documents": .array(documents)], score: best.score, age: 0))
    case .http:
      return address(for: data) == nil ? Fetched(outcome: .missing) : nil
    }
  }
}

extension JSON {
  /// The value at a dotted path such as `item.order.number`, whose first name stands for `self`.
  func value(at path: String) -> JSON? {
    var place = self
    for name in path.split(separator: ".").dropFirst() {
      guard let next = place[String(name)] else { return nil }
      place = next
    }
    return place
  }
}
