import JSON

/// The sources of a request, and how good they are as evidence.
struct Evidence {
  private(set) var quality = 1.0
  private(set) var reasons: [String] = []
  private(set) var findings: [ContextFinding] = []
  private let request: ModelRequest

  /// Looks for the sources that the method rests on. One that is missing or silent counts 0, a stale one 0.5.
  init(_ request: ModelRequest, needs names: [String]) {
    self.request = request
    guard !names.isEmpty else { return }
    var sum = 0.0
    for name in names {
      switch state(of: name) {
      case .good(let score): sum += score
      case .stale:
        sum += 0.5
        reasons.append("\(name) is older than its shelf life")
      case .silent:
        reasons.append("\(name) did not answer")
      case .missing:
        reasons.append("\(name) is missing")
        findings.append(
          ContextFinding(code: "context.missing_source", field: "sources.\(name)", detail: "no \(name) was found"))
      }
    }
    quality = sum / Double(names.count)
  }

  private enum State { case good(Double), stale, silent, missing }

  private func state(of name: String) -> State {
    guard let source = source(name) else { return .missing }
    guard source["answered"]?.bool ?? true else { return .silent }
    guard source["found"]?.bool ?? true, let fields = source["fields"], !fields.isNull else { return .missing }
    if let age = source["age"]?.double, let life = source["shelf_life"]?.double, age > life { return .stale }
    return .good(min(max(source["score"]?.double ?? 1, 0), 1))
  }

  private func source(_ name: String) -> JSON? {
    request.sources.first { $0["name"]?.string?.sameCodePoints(as: name) ?? false }
  }

  /// The record of a source that answered, stale or not.
  func record(_ name: String) -> JSON? {
    switch state(of: name) {
    case .good, .stale: source(name)?["fields"]
    case .silent, .missing: nil
    }
  }

  /// Notes that two records disagree: the evidence is worth less, and a person should know.
  mutating func conflict(_ field: String, _ detail: String) {
    findings.append(ContextFinding(code: "context.conflict", field: field, detail: detail))
    reasons.append(detail)
    quality *= 0.6
  }

  /// Lowers the quality to at most `limit`.
  mutating func cap(_ limit: Double, _ reason: String) {
    guard limit < quality else { return }
    quality = max(limit, 0)
    reasons.append(reason)
  }
}
