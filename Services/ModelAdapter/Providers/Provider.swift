import Domain
import Embedded
import JSON
import JSONSchema
import Wire

/// What proposes: a model inside this process, or one that is asked over the network.
protocol Provider: Sendable {
  /// The answer of a model that is a pure function; nil from one that has to be asked.
  func answer(_ question: Question) -> Result<Answer, ModelFailure>?

  /// Asks a model that is elsewhere. Ends in bounded time.
  func ask(_ question: Question) async -> Result<Answer, ModelFailure>
}

struct Question: Sendable {
  let workflow: Workflow
  let data: JSON
  /// Each `{"name", "answered", "found", "age", "shelf_life", "score"?, "fields"?, "id"?}`.
  let sources: [JSON]
  let current: JSON?

  /// - Parameter now: for the ages of sources; nil leaves them out.
  init(_ request: ModelRequested, _ workflow: Workflow, _ results: JSONObject, now: Instant?) {
    self.workflow = workflow
    data = request.data
    guard !workflow.sources.isEmpty else {
      (sources, current) = ([], nil)
      return
    }
    let evidence = CollectedEvidence(workflow, results)
    sources = evidence.known(now: now)
    current = evidence.current
  }
}

struct Answer: Sendable {
  var output: JSON
  /// Nil where the workflow declares none, or where none could be made (then `findings` say so).
  var action: JSON?
  /// Calibrated, in [0,1]; nil without calibration.
  var probability: Double?
  var rawScore: Double
  var scoreKind: String
  /// In [0,1]; nil where the model does not judge its evidence.
  var retrieval: Double?
  /// `[{"name", "value", "why"}]`.
  var parts: JSON
  var findings: [ModelFinding]
  var model: String
  var modelVersion: String
  var promptVersion: String
  var calibration: String
}

/// Why there is no proposal: `modelUnavailable` (nobody answered) or `modelFailed` (the answer cannot be used).
struct ModelFailure: Error, Sendable, Equatable {
  let code: ReasonCode
  let reason: String

  init(_ code: ReasonCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

extension Workflow {
  /// The action that the template makes of an output; nil, with a finding where the workflow declares one, where it
  /// makes none that fits the action schema.
  func makeAction(_ data: JSON, _ output: JSON) -> (action: JSON?, finding: ModelFinding?) {
    guard let template else { return (nil, nil) }
    return checked(template.action(item: data, output: output))
  }

  /// The same for an action that was made already.
  func checked(_ made: JSON?) -> (action: JSON?, finding: ModelFinding?) {
    guard let made else {
      return (nil, ModelFinding(.contextUnsupported, field: "action", "no action can be made of what is proposed"))
    }
    guard action?.accepts(made) ?? true else {
      return (nil, ModelFinding(.contextUnsupported, field: "action", "the action does not fit the action schema"))
    }
    return (made, nil)
  }

  /// A proposal that came with the item, `{"output"?, "action"?}`: no model is asked, and nothing vouches for it.
  func check(producers proposal: JSON, _ data: JSON) -> Result<Answer, ModelFailure> {
    let given = proposal["output"].flatMap { $0.isNull ? nil : $0 }
    if let given, let form = output, let first = form.schema.validate(given).first {
      return .failure(ModelFailure(.modelFailed, "the output sent along does not fit at \(first.pointer): \(first.expected)"))
    }
    let output = given ?? .object(JSONObject())
    var action = proposal["action"].flatMap { $0.isNull ? nil : $0 }
    var findings: [ModelFinding] = []
    if let sent = action {
      guard let schema = self.action else {
        return .failure(ModelFailure(.modelFailed, "an action was sent along, the workflow declares none"))
      }
      if let first = schema.validate(sent).first {
        return .failure(ModelFailure(.modelFailed, "the action sent along does not fit at \(first.pointer): \(first.expected)"))
      }
    } else {
      let made = makeAction(data, output)
      action = made.action
      if let finding = made.finding { findings.append(finding) }
    }
    return .success(
      Answer(
        output: output, action: action, probability: nil, rawScore: 0, scoreKind: "none", retrieval: nil, parts: [],
        findings: findings, model: "producer", modelVersion: "none", promptVersion: "none", calibration: "none"))
  }
}
