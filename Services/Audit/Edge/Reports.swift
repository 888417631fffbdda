import HTTPTypes
import Host
import Hummingbird
import JSON
import NIOCore
import Storage
import Wire

extension Edge {
  /// `GET /v1/workflows`: how each workflow stands now: production-ready and too slow, each with its because; budgets and how fast
  /// they are spent; what waits.
  func workflows() throws -> Response {
    let now = road.clock.story
    let today = now.microseconds / Contribution.dayLength
    let answer: JSON = try road.store.read { transaction in
      let alarms = try BudgetWatch.standing(transaction)
      let frozen = try Exhaustion.told(transaction)
      let yesterday = ReportPeriod(.daily, containing: today - 1)
      let isSigned = try !ReportSignature.all(of: yesterday.key, transaction).isEmpty
      let reports = try WorkflowReport.all(
        promises, days: today...today, now: now.microseconds, alarms: alarms, checkpoint: (yesterday.first, isSigned), transaction)
      return [
        "at": .string(now.description), "ledger": .integer(try Extent(transaction)?.size ?? 0),
        "workflows": .array(
          reports.map { report in
            var object = report.json
            object["burn"] = .array(Budget.allCases.map(report.budgets.burns))
            object["alarms"] = .array(
              alarms.filter { $0.hasPrefix("slo/\(report.budgets.promise.workflow)/") }.sorted(by: precedes).map { .string($0) })
            let spent = frozen[report.budgets.promise.workflow]
            object["state"] = .string(spent == nil ? "ready" : BudgetState.notReady)
            object["frozen"] = spent.map { .string($0) } ?? .null
            object["open"] = .integer(Int64(report.budgets.open))
            object["waiting"] = .array(report.budgets.waiting.map { .integer(Int64($0)) })
            object["untaken"] = .integer(Int64(report.budgets.untaken))
            object["window"] = .object(JSONObject(report.window.json))
            return .object(object)
          }),
      ]
    }
    return jsonResponse(answer)
  }

  /// `GET /v1/reports/{daily|weekly|quarterly}?day&format`: the report of the day, or of the week or quarter in which it lies; without
  /// `day` yesterday's. `format=markdown` for people.
  func report(_ name: String, _ request: Request) throws -> Response {
    guard let kind = ReportPeriod.Kind(rawValue: name) else { throw Problem(.notFound, "report", "There is a daily, a weekly and a quarterly report.") }
    let now = road.clock.story
    let today = now.microseconds / Contribution.dayLength
    let asked = try day("day", request) ?? today - 1
    guard asked <= today else { throw Problem(.badRequest, "parameter", "Parameter day: a day that has begun was expected.") }
    let format = request.parameter("format") ?? "json"
    guard ["json", "markdown"].contains(format) else { throw Problem(.badRequest, "parameter", "Parameter format: json or markdown was expected.") }
    let json: JSON = try road.store.read { transaction in
      try PeriodReport(ReportPeriod(kind, containing: asked), promises, now: now.microseconds, transaction)
        .json(at: now, size: Extent(transaction)?.size ?? 0)
    }
    guard format == "markdown" else { return jsonResponse(json) }
    let text = ReportMarkdown(json).lines.joined(separator: "\n") + "\n"
    return Response(
      status: .ok, headers: [.contentType: "text/markdown; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}
