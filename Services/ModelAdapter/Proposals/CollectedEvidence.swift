import Bundles
import Domain
import JSON
import Wire

/// What the sources of a request gave, as a proposal shows it.
struct CollectedEvidence {
  private let workflow: Workflow
  private let results: [(source: Source, json: JSON)]

  init(_ workflow: Workflow, _ results: JSONObject) {
    self.workflow = workflow
    self.results = workflow.sources.compactMap { source in
      results[Workflow.callID(source)].map { (source, $0) }
    }
  }

  /// For records: without the members that stand elsewhere.
  var sources: JSON {
    .array(
      results.map { _, json in
        var object = json.object ?? JSONObject()
        for name in ["pre", "salt", "why"] { object[name] = nil }
        return .object(object)
      })
  }

  /// For models: with the age in seconds where `now` is given.
  func known(now: Instant?) -> [JSON] {
    results.map { _, json in
      guard var object = json.object else { return json }
      object["age"] = now.map { .integer(CollectedEvidence.age(json, $0)) }
      for name in ["pre", "salt", "why", "digest", "fetched_at"] { object[name] = nil }
      return .object(object)
    }
  }

  var current: JSON? { currentResult?["fields"] }
  var pre: String? { currentResult?["pre"]?.string }
  var salt: String? { currentResult?["salt"]?.string }
  private var currentResult: JSON? { results.first { $0.source.current }?.json }

  /// Each source that gave nothing. The field is the source's bare name: policy then judges it with the source itself.
  var findings: [JSON] {
    results.compactMap { source, json in
      if json["answered"]?.bool != true {
        let why = json["why"]?.string ?? "it did not answer"
        return ModelFinding(.contextProbeFailed, field: source.name, "source \(source.name): \(why)").json
      }
      guard json["found"]?.bool != true else { return nil }
      return ModelFinding(.contextMissingSource, field: source.name, "source \(source.name) holds nothing for this case").json
    }
  }

  /// A model's findings but for those about required sources, which policy finds itself.
  func without(known findings: [ModelFinding]) -> [JSON] {
    findings.filter { finding in
      guard finding.code == .contextMissingSource else { return true }
      return !results.contains { $0.source.required && "sources.\($0.source.name)".sameCodePoints(as: finding.field) }
    }.map(\.json)
  }

  /// Quality of the evidence for a model that does not judge it itself: the mean over required sources, in [0,1].
  func quality(now: Instant) -> Double {
    let required = results.filter(\.source.required)
    guard !required.isEmpty else { return 1 }
    let sum = required.reduce(0.0) { sum, result in
      guard result.json["found"]?.bool == true else { return sum }
      let fresh = CollectedEvidence.age(result.json, now) <= Int64(result.source.shelfLifeSeconds)
      return sum + (fresh ? min(max(result.json["score"]?.double ?? 1, 0), 1) : 0.5)
    }
    return (sum / Double(required.count) * 10_000).rounded() / 10_000
  }

  private static func age(_ result: JSON, _ now: Instant) -> Int64 {
    guard let at = result["fetched_at"]?.integer else { return 0 }
    return Int64(max(0, now.seconds(since: Instant(microseconds: at))))
  }
}

/// Something that a person should know, in words without a value from the item.
struct ModelFinding: Sendable, Equatable {
  let code: ReasonCode
  /// A dotted path such as `item.body`, or a source's name.
  let field: String
  let detail: String

  init(_ code: ReasonCode, field: String, _ detail: String) {
    self.code = code
    self.field = field
    self.detail = detail
  }

  var json: JSON { ["code": .string(code.rawValue), "field": .string(field), "detail": .string(detail)] }
}
