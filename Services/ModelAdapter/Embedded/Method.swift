import JSON

/// What one method makes of a request, before calibration.
struct Draft {
  var output: JSON
  var score: Double
  var parts: [ModelAnswer.Part]
  var evidence: Evidence
  var findings: [ContextFinding]
}

/// A classical method for one kind of workflow.
protocol Method: Sendable {
  /// - Parameters:
  ///   - examples: those held right, from which it may learn.
  ///   - approved: the folder's approved reference: replies, entitlements, tolerances or written rules.
  init(learning examples: [Example], approved: [JSON]) throws(EmbeddedModelError)

  /// Never fails: hostile data gives a valid output with findings.
  func draft(_ request: ModelRequest) -> Draft
}

extension ModelAnswer.Part {
  init(_ name: String, _ value: Double, _ why: String) {
    self.init(name: name, value: Arithmetic.rounded(value), why: why)
  }
}

extension JSON {
  /// The text at a member, empty where there is none.
  func text(_ key: String) -> String { self[key]?.string ?? "" }
}

/// Whole percent of a share in [0,1].
func percent(_ share: Double) -> Int64 { Int64((min(max(share, 0), 1) * 100).rounded()) }
