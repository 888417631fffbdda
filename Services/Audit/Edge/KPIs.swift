import Domain
import Host
import Hummingbird
import JSON
import Lanes
import Storage
import Wire

extension Edge {
  /// `GET /v1/kpis?from&to&by&workflow&risk&route&model&prompt&bundle&tier&reason`: the figures of the cases that ended on these
  /// days (UTC, both count; the last 28 without), with definitions, numbers and intervals. `by` names up to four dimensions or
  /// `day`, separated by commas.
  func kpis(_ request: Request) throws -> Response {
    let now = road.clock.story
    let days = try days(request, today: now.microseconds / Contribution.dayLength)
    var question = KPIQuestion(days: days, now: now.microseconds)
    for dimension in KPIGroup.Dimension.asked {
      if let value = request.parameter(dimension.rawValue) { question.filters.append((dimension, String(value.prefix(200)))) }
    }
    for name in (request.parameter("by") ?? "").split(separator: ",") {
      guard name != "day" else { question.isByDay = true; continue }
      guard let dimension = KPIGroup.Dimension.asked.first(where: { $0.rawValue == name }), question.parts.count < 4 else {
        let known = KPIGroup.Dimension.asked.map(\.rawValue).joined(separator: ", ")
        throw Problem(.badRequest, "parameter", "Parameter by: at most four of \(known), day were expected.")
      }
      if !question.parts.contains(dimension) { question.parts.append(dimension) }
    }
    let (groups, size) = try road.store.read { (try question.answer($0), try Extent($0)?.size ?? 0) }
    return jsonResponse([
      "at": .string(now.description), "from": .string(KPIQuestion.date(days.lowerBound)), "to": .string(KPIQuestion.date(days.upperBound)),
      "ledger": .integer(size), "groups": .array(groups),
      "definitions": .object(JSONObject(Definitions.all.map { ($0.name, .string($0.text)) })),
    ])
  }

  /// `from` to `to`, both count; the last 28 days without.
  func days(_ request: Request, today: Int64) throws -> ClosedRange<Int64> {
    let to = try day("to", request) ?? today
    let from = try day("from", request) ?? to - 27
    guard from <= to, to - from < 400 else {
      throw Problem(.badRequest, "parameter", "Parameters from and to: at most 400 days, in order, were expected.")
    }
    return from...to
  }

  func day(_ name: String, _ request: Request) throws -> Int64? {
    guard let text = request.parameter(name) else { return nil }
    guard text.utf8.count == 10, let start = Instant(rfc3339: "\(text)T00:00:00Z"), start.microseconds >= 0 else {
      throw Problem(.badRequest, "parameter", "Parameter \(name): a day as 2026-11-24 was expected.")
    }
    return start.microseconds / Contribution.dayLength
  }
}

/// A case as it is exported: its facts, and its measures with times in µs.
func exported(_ row: CaseRow) -> JSON {
  let m = row.measures
  func people(_ known: [String: Int64]) -> JSON {
    .object(JSONObject(known.sorted { precedes($0.key, $1.key) }.map { ($0.key, .integer($0.value)) }))
  }
  var object = JSONObject([
    ("case", .string(row.id)), ("outcome", .string(row.outcome)), ("opened", .integer(row.opened)),
    ("ended", row.ended.map { .integer($0) } ?? .null), ("records", .integer(row.records)),
  ])
  var moments = JSONObject()
  for entry in m.moments.entries { moments["\(entry.moment)"] = .integer(entry.time) }
  object["moments"] = .object(moments)
  object["seen"] = people(m.seen)
  object["deciders"] = people(m.deciders)
  object["codes"] = .array(m.codes.sorted(by: precedes).map { .string($0) })
  object["draw"] = .string(m.draw.isEmpty ? "none" : m.draw)
  object["share"] = .integer(m.share)
  object["truth"] = m.isWrong.map { .string($0 ? "wrong" : "right") } ?? .null
  object["adjudicators"] = m.adjudicators.map { .integer($0) } ?? .null
  let defects = CaseDefect.Kind.allCases.enumerated().filter { m.defects & (1 << Int64($0.offset)) != 0 }
  object["defects"] = .array(defects.map { .string($0.element.rawValue) })
  object["decisions"] = ["signed": .integer(m.way.decisions), "told": .integer(m.way.told), "judged": .integer(m.way.counted)]
  object["fields"] = [
    "required": .integer(m.fields.due), "absent": .integer(m.fields.absent), "empty": .integer(m.fields.empty),
    "unexplained": .integer(m.fields.unexplained), "records": .integer(m.fields.records), "whole": .integer(m.fields.whole),
  ]
  object["requester_silent"] = .bool(row.way.isRequesterSilent)
  for fact in [Fact.workflow, .risk, .route, .model, .prompt, .bundle] { object[shortName(fact)] = row.facts[fact].map { .string($0) } }
  return .object(object)
}
