import Domain
import Embedded
import JSON
import Wire
import Workflows

/// The models that need no network, one for each workflow, trained when they are made.
struct EmbeddedProvider: Provider {
  private let models: [String: Trained]

  private struct Trained: Sendable {
    let model: EmbeddedModel
    let calibration: String
    let prompt: String
  }

  /// - Throws: which workflow's labelled set does not suffice, and why.
  init(_ workflows: some Collection<Workflow>) throws {
    var models: [String: Trained] = [:]
    // One that declares no output asks no model.
    for workflow in workflows where workflow.output != nil {
      do {
        models[workflow.name] = Trained(
          model: try EmbeddedModel(
            kind: EmbeddedModel.Kind(rawValue: workflow.name) ?? .generic, labelled: workflow.labelled,
            approved: workflow.approved, action: workflow.template),
          calibration: workflow.calibration, prompt: workflow.promptVersion ?? "none")
      } catch {
        throw WorkflowError("\(workflow.name)/labelled.jsonl: \(error)")
      }
    }
    self.models = models
  }

  func answer(_ question: Question) -> Result<Answer, ModelFailure>? {
    guard let trained = models[question.workflow.name] else {
      return .failure(ModelFailure(.modelFailed, "there is no embedded model for \(question.workflow.name)"))
    }
    let given = trained.model.propose(
      ModelRequest(
        workflow: question.workflow.name, data: question.data, sources: question.sources, current: question.current))
    var findings = given.findings.map {
      ModelFinding(ReasonCode(rawValue: $0.code) ?? .contextUnsupported, field: $0.field, $0.detail)
    }
    var action: JSON?
    if question.workflow.template != nil {
      let checked = question.workflow.checked(given.action)
      action = checked.action
      if let finding = checked.finding { findings.append(finding) }
    }
    let parts = given.parts.map { part -> JSON in
      ["name": .string(part.name), "value": .number(part.value), "why": .string(part.why)]
    }
    return .success(
      Answer(
        output: given.output, action: action, probability: given.probability, rawScore: given.rawScore,
        scoreKind: given.scoreKind, retrieval: given.retrieval, parts: .array(parts), findings: findings,
        model: "embedded", modelVersion: trained.model.version, promptVersion: trained.prompt,
        calibration: trained.calibration))
  }

  func ask(_ question: Question) async -> Result<Answer, ModelFailure> {
    answer(question) ?? .failure(ModelFailure(.modelFailed, "there is no embedded model"))
  }
}

extension Workflow {
  /// The prompt's name in records: 16 hex digits of its SHA-256; nil where there is none.
  var promptVersion: String? { prompt.map { "prompt-" + String(hex(sha256(Array($0.utf8))).prefix(16)) } }
}
