import Host
import Hummingbird
import JSON
import Storage
import Wire

extension Edge {
  /// `GET /v1/rollout?workflow`: how far each workflow is on its four weeks, and what keeps the first open one open.
  func rollout(_ request: Request) throws -> Response {
    let wanted = request.parameter("workflow")
    let asked = promises.filter { promise in wanted.map { promise.workflow.utf8.elementsEqual($0.utf8) } ?? true }
    guard wanted == nil || !asked.isEmpty else {
      throw Problem(.notFound, "workflow.unknown", "Audit knows no such workflow: WORKFLOWS of audit names the folders.")
    }
    let now = road.clock.story
    let answer: JSON = try road.store.read { transaction in
      let yesterday = ReportPeriod(.daily, containing: now.microseconds / Contribution.dayLength - 1)
      let isSigned = try !ReportSignature.all(of: yesterday.key, transaction).isEmpty
      let test = try AuditState.lastTest(transaction)
      return [
        "at": .string(now.description),
        "workflows": .array(try asked.map { try Rollout($0, test: test, checkpoint: (yesterday.first, isSigned), transaction).json }),
      ]
    }
    return jsonResponse(answer)
  }
}
