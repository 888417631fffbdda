import Domain
import Host
import Hummingbird
import JSON
import Ledger
import Storage
import Wire

extension Edge {
  /// At most so many debts are named in an answer.
  static let debtLimit = 100

  /// What cases owe by the manifest and are late with: how many, and the oldest. Of lanes of ours that stand still (`stopped`) nothing is told.
  func debts(stopped: [Int32: String], _ transaction: any StoreTransaction) throws -> JSON {
    let scale = Int64(max(1, road.config.clockScale))
    let time = road.clock.story.microseconds - CompletenessWatch.stepPatience * scale
    let overdue = try DebtAlarm.overdue(at: time, limit: Shortfall.mostDebts, lanes: road.config.lanes, stopped: stopped, transaction)
    return [
      "overdue": .integer(Int64(overdue.count)),
      "oldest": .array(
        overdue.prefix(Self.debtLimit).map { alarm in
          [
            "case": .string(alarm.caseID), "code": .string(alarm.code.rawValue), "owes": .string(alarm.debt.transition.rawValue), "topic": .string(alarm.debt.transition.topic),
            "service": .string(alarm.writer), "after": alarm.debt.after.map { .string($0.rawValue) } ?? .null, "since": .string(self.time(alarm.debt.since)),
            "due": .string(self.time(alarm.debt.due)),
          ]
        }),
    ]
  }

  /// What records do not tell as they must, by type, field and kind.
  func flaws(_ transaction: any StoreTransaction) throws -> JSON {
    .array(
      try Flaws.all(transaction).map { key, seen in
        [
          "kind": .string(key.kind), "type": .string(key.type), "field": .string(key.field), "records": .integer(seen.count),
          "first_entry": .integer(seen.first), "last_entry": .integer(seen.last), "last_at": .string(time(seen.at)), "case": .string(seen.caseID),
          "stream": .string(seen.stream), "number": .integer(seen.number),
        ]
      })
  }

  /// Completeness of the cases that ended in 28 days, by route: fields, records, chain, and the least of the three.
  func completenessByRoute(_ transaction: any StoreTransaction) throws -> JSON {
    let today = road.clock.story.microseconds / Contribution.dayLength
    var routes: [String: KPISums] = [:]
    for cell in try KPICells.read((today - 27)...today, transaction) where cell.group[.reason].isEmpty {
      routes[cell.group[.route], default: KPISums()].add(cell.sums)
    }
    return .array(
      routes.sorted { precedes($0.key, $1.key) }.map { route, sums in
        func share(_ part: KPISums.Count, _ whole: KPISums.Count) -> Double? { sums[whole] > 0 ? Double(sums[part]) / Double(sums[whole]) : nil }
        let shares = [share(.fieldsPresent, .fieldsRequired), share(.recordsWhole, .recordsDue), share(.chainSeen, .chainDue)]
        func json(_ share: Double?) -> JSON { share.map { .number($0) } ?? .null }
        return [
          "route": .string(route), "cases": .integer(sums[.cases]), "fields": json(shares[0]), "records": json(shares[1]), "chain": json(shares[2]),
          "least": json(shares.compactMap { $0 }.min()), "empty": .integer(sums[.fieldsEmpty]), "unexplained": .integer(sums[.fieldsUnexplained]),
        ]
      })
  }

  /// `GET /v1/manifest`: both tables of completeness, as this audit applies them.
  func manifest() -> Response {
    let steps: [JSON] = Manifest.steps.map { step in
      [
        "owes": .string(step.transition.rawValue), "after": .string(step.after.rawValue), "within_seconds": .integer(step.within / 1_000_000),
        "or": .array(step.or.map { .string($0.rawValue) }), "service": .string(Topic.named(step.transition.topic)?.writer?.rawValue ?? "unknown"),
      ]
    }
    let ends = Outcome.allCases.map { outcome -> (String, JSON) in
      func owed(_ change: (inout CaseWay) -> Void) -> JSON {
        var way = CaseWay()
        way.outcome = outcome
        change(&way)
        return .array(Manifest.owed(way).map { .array($0.map { .string($0.rawValue) }) })
      }
      return (
        outcome.rawValue,
        [
          "alone": owed { $0.permittedAlone = [.executed, .decidedOtherwise, .effectUnknown].contains(outcome) ? 0 : nil },
          "reviewed": owed { way in
            way.asked = 0
            way.permitted = [.executed, .decidedOtherwise, .effectUnknown].contains(outcome) ? 0 : nil
          },
        ]
      )
    }
    let records: [JSON] = RequiredFields.table.map { row in
      [
        "type": .string(row.type),
        "fields": .array(row.fields.map { ["field": .string(shortName($0.fact)), "none": $0.none.map { .string($0) } ?? .null] }),
      ]
    }
    return jsonResponse([
      "steps": .array(steps), "ends": .object(JSONObject(ends)), "fields_version": .integer(Int64(RequiredFields.version)), "records": .array(records),
    ])
  }
}
