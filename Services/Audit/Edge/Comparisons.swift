import Host
import Hummingbird
import JSON
import Storage
import Wire

extension Edge {
  /// `GET /v1/comparisons?workflow&by&from&to`: models, prompts or bundles of a workflow beside the one with the most cases, each share
  /// with the interval of the difference (Newcombe). What differs by chance is not called different.
  func comparisons(_ request: Request) throws -> Response {
    let now = road.clock.story
    let days = try days(request, today: now.microseconds / Contribution.dayLength)
    let by = request.parameter("by") ?? "model"
    guard let part = [KPIGroup.Dimension.model, .prompt, .bundle].first(where: { $0.rawValue == by }) else {
      throw Problem(.badRequest, "parameter", "Parameter by: model, prompt or bundle was expected.")
    }
    guard let workflow = request.parameter("workflow") else { throw Problem(.badRequest, "parameter", "Parameter workflow was expected.") }
    var question = KPIQuestion(days: days, filters: [(.workflow, String(workflow.prefix(200)))], parts: [part], now: now.microseconds)
    question.countsOpen = false
    let reports = try road.store.read { try question.reports($0) }.sorted {
      $0.report.sums[.cases] != $1.report.sums[.cases] ? $0.report.sums[.cases] > $1.report.sums[.cases] : precedes($0.value, $1.value)
    }
    let others: [JSON] = reports.dropFirst().map { other in
      [
        "value": .string(other.value), "ended": .integer(other.report.sums[.cases]),
        "shares": .array(reports.first.map { ThresholdReview.compare(other.report, $0.report) } ?? []),
      ]
    }
    return jsonResponse([
      "workflow": .string(workflow), "by": .string(by), "from": .string(KPIQuestion.date(days.lowerBound)),
      "to": .string(KPIQuestion.date(days.upperBound)),
      "reference": reports.first.map { ["value": .string($0.value), "ended": .integer($0.report.sums[.cases])] } ?? .null,
      "others": .array(others),
    ])
  }
}
