import Domain
import Host
import Hummingbird
import JSON
import Lanes
import Ledger
import Statistics
import Storage
import Wire

extension Edge {
  /// `GET /v1/questions`: what can be asked by name, and with what.
  func questions() -> Response { jsonResponse(["questions": .array(Question.allCases.map(\.json))]) }

  /// `GET /v1/questions/{name}?…`: `{question, answer: […], next?}`.
  func ask(_ name: String, _ request: Request) throws -> Response {
    guard let question = Question(rawValue: name) else {
      let known = Question.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(.notFound, "question.unknown", "Nothing is asked by that name; these are: \(known).")
    }
    for parameter in question.parameters where parameter.isNeeded && request.parameter(parameter.name) == nil {
      throw Problem(.badRequest, "parameter", "Parameter \(parameter.name) was expected: \(parameter.text).")
    }
    let (answer, next): ([JSON], String?) =
      switch question {
      case .model: (try road.store.read { [modelOf(try known(request, $0))] }, nil)
      case .overridden: (try byWorkflow(request, overridden), nil)
      case .slowestTier: (try byWorkflow(request, slowest), nil)
      case .delays: (try delays(request), nil)
      case .approvers: (try approvers(request), nil)
      case .touched: try touched(request)
      case .effects: try effects(request)
      case .seen: try seen(request)
      case .state: (try state(request), nil)
      case .cases: try cases(request)
      }
    return jsonResponse([
      "question": .string(question.rawValue), "text": .string(question.text), "answer": .array(answer),
      "next": next.map { .string($0) } ?? .null,
    ])
  }

  /// The case that `case` names. - Throws: 404 where there is none.
  private func known(_ request: Request, _ transaction: any StoreTransaction) throws -> CaseRow {
    let id = try checkedID(request.parameter("case") ?? "")
    guard let row = try transaction.load(Tables.cases, [[.text(id)]])[0] else {
      throw Problem(.notFound, "case.unknown", "Audit knows no case \(id).")
    }
    return try CaseRow(row)
  }

  private func modelOf(_ row: CaseRow) -> JSON {
    var object = JSONObject([("case", .string(row.id))])
    for fact in [Fact.workflow, .model, .prompt, .bundle, .confidence, .sources] {
      object[shortName(fact)] = row.facts[fact].map { .string($0) } ?? .null
    }
    return .object(object)
  }

  /// What held people's cases up: a case counts under each of its codes.
  private func delays(_ request: Request) throws -> [JSON] {
    var sums: [String: [String: KPISums]] = [:]
    for cell in try cells(request) where !cell.group[.reason].isEmpty {
      sums[cell.group[.workflow], default: [:]][cell.group[.reason], default: KPISums()].add(cell.sums)
    }
    return sums.sorted { precedes($0.key, $1.key) }.flatMap { workflow, reasons in Self.delays(workflow, reasons) }
  }

  /// The longest first.
  static func delays(_ workflow: String, _ reasons: [String: KPISums]) -> [JSON] {
    func waited(_ sums: KPISums) -> Int64 { sums[.queue] + sums[.handle] }
    return reasons.sorted { a, b in
      waited(a.value) != waited(b.value) ? waited(a.value) > waited(b.value) : precedes(a.key, b.key)
    }.map { reason, sums in
      [
        "workflow": .string(workflow), "reason": .string(reason), "class": (ReasonCode(rawValue: reason)?.class.rawValue).map { .string($0) } ?? .null,
        "cases": .integer(sums[.cases]), "queue_seconds": .number(Double(sums[.queue]) / 1e6), "handle_seconds": .number(Double(sums[.handle]) / 1e6),
        "waited_seconds": .number(Double(waited(sums)) / 1e6),
        "seconds_a_case": sums[.cases] > 0 ? .number(Double(waited(sums)) / 1e6 / Double(sums[.cases])) : .null,
      ]
    }
  }

  /// The sums of each workflow over some days.
  private func byWorkflow(_ request: Request, _ tell: (String, KPISums) -> JSON?) throws -> [JSON] {
    var sums: [String: KPISums] = [:]
    for cell in try cells(request) where cell.group[.reason].isEmpty {
      sums[cell.group[.workflow], default: KPISums()].add(cell.sums)
    }
    return sums.sorted { precedes($0.key, $1.key) }.compactMap { tell($0.key, $0.value) }
  }

  /// Of the days that are asked for; the last seven without.
  private func cells(_ request: Request) throws -> [KPICells.Cell] {
    let to = try day("to", request) ?? road.clock.story.microseconds / Contribution.dayLength
    let from = try day("from", request) ?? to - 6
    guard from <= to, to - from < 400 else {
      throw Problem(.badRequest, "parameter", "Parameters from and to: at most 400 days, in order, were expected.")
    }
    return try road.store.read { try KPICells.read(from...to, $0) }
  }

  private func overridden(_ workflow: String, _ sums: KPISums) -> JSON? {
    let share = Proportion(sums.int(.overridden), of: sums.int(.decided))
    let interval = share.wilson()
    return [
      "workflow": .string(workflow), "overridden": .integer(Int64(share.hits)), "decided": .integer(Int64(share.count)),
      "share": share.estimate.map { .number($0) } ?? .null, "low": interval.map { .number($0.low) } ?? .null,
      "high": interval.map { .number($0.high) } ?? .null,
    ]
  }

  private func slowest(_ workflow: String, _ sums: KPISums) -> JSON? {
    let waits = (1...CaseMeasures.tiers).map { sums[.tier($0)] }
    let all = waits.reduce(0, +)
    guard all > 0, let most = waits.indices.max(by: { waits[$0] < waits[$1] }) else { return nil }
    return [
      "workflow": .string(workflow), "tier": .integer(Int64(most + 1)), "waited_seconds": .number(Double(waits[most]) / 1e6),
      "share": .number(Double(waits[most]) / Double(all)),
      "seconds_by_tier": .array(waits.map { .number(Double($0) / 1e6) }),
    ]
  }

  /// Of how many cases of the workflow those that are alike are looked for.
  private static let mostAlike: Int64 = 500

  private func approvers(_ request: Request) throws -> [JSON] {
    let (row, alike) = try road.store.read { transaction in
      let row = try known(request, transaction)
      let filter = CaseFilter(labels: row.facts[.workflow].map { ["workflow=\($0)"] } ?? [], limit: Self.mostAlike)
      return (row, try filter.rows(transaction))
    }
    var found: [String: (count: Int64, last: Int64, cases: [String])] = [:]
    for other in alike where other.facts[.route] == row.facts[.route] && other.facts[.risk] == row.facts[.risk] {
      guard row.measures.codes.isEmpty || !row.measures.codes.isDisjoint(with: other.measures.codes) else { continue }
      for (person, time) in other.measures.deciders {
        var entry = found[person] ?? (0, .min, [])
        entry.count += 1
        entry.last = max(entry.last, time)
        if entry.cases.count < 5 { entry.cases.append(other.id) }
        found[person] = entry
      }
    }
    return found.sorted { $0.value.count != $1.value.count ? $0.value.count > $1.value.count : precedes($0.key, $1.key) }.map { person, entry in
      [
        "person": .string(person), "decided": .integer(entry.count), "last": .string(time(entry.last)),
        "cases": .array(entry.cases.map { .string($0) }),
      ]
    }
  }

  private func touched(_ request: Request) throws -> ([JSON], String?) {
    let limit = try request.number("limit", default: 50, in: 1...500)
    var condition = "t.person = ? AND c.case_id = t.case_id"
    var arguments: [Value] = [.text(request.text("person"))]
    if let after = try request.parameter("after").map(checkedID) {
      condition += " AND t.case_id < ?"
      arguments.append(.text(after))
    }
    let columns = Tables.cases.columns.map { "c.\($0.name)" }.joined(separator: ", ")
    // SQLite keeps the order of a CROSS JOIN.
    let sql = "SELECT \(columns) FROM touched t CROSS JOIN cases c WHERE \(condition) ORDER BY t.case_id DESC LIMIT ?"
    let rows = try road.store.read { try $0.query(sql, arguments + [.integer(limit)]).map { try CaseRow($0) } }
    return (rows.map { touch($0, request.text("person")) }, rows.count == Int(limit) ? rows.last?.id : nil)
  }

  private func touch(_ row: CaseRow, _ person: String) -> JSON {
    var object = summary(row).object ?? JSONObject()
    object["seen"] = row.measures.seen[person].map { .string(time($0)) } ?? .null
    object["decided"] = row.measures.deciders[person].map { .string(time($0)) } ?? .null
    return .object(object)
  }

  private func cases(_ request: Request) throws -> ([JSON], String?) {
    var filter = CaseFilter(limit: try request.number("limit", default: 50, in: 1...500))
    filter.before = try request.parameter("after").map(checkedID)
    let (found, _, next) = try search(filter, request.parameter("where") ?? "")
    return (found.map(summary), next)
  }

  private func effects(_ request: Request) throws -> ([JSON], String?) {
    var filter = CaseFilter(limit: try request.number("limit", default: 50, in: 1...500))
    filter.labels = ["effect=\(request.text("bundle"))"]
    filter.before = try request.parameter("after").map(checkedID)
    let rows = try road.store.read { try filter.rows($0) }
    return (rows.map(summary), rows.count == Int(filter.limit) ? rows.last?.id : nil)
  }

  private func seen(_ request: Request) throws -> ([JSON], String?) {
    let limit = try request.number("limit", default: 50, in: 1...500)
    let at = try instant(request) ?? road.clock.story.microseconds
    var condition = "person = ? AND at <= ?"
    var arguments: [Value] = [.text(request.text("person")), .integer(at)]
    if let after = request.parameter("after") {
      let parts = after.split(separator: ".").compactMap { Int64($0) }
      guard parts.count == 2 else { throw Problem(.badRequest, "parameter", "Parameter after: `next` of a page was expected.") }
      condition += " AND (at < ? OR (at = ? AND position < ?))"
      arguments += [.integer(parts[0]), .integer(parts[0]), .integer(parts[1])]
    }
    let sql = "SELECT at, position, case_id FROM views WHERE \(condition) ORDER BY at DESC, position DESC LIMIT ?"
    return try road.store.read { transaction in
      let rows = try transaction.query(sql, arguments + [.integer(limit)])
      guard let extent = try Extent(transaction) else { return ([], nil) }
      let answer: [JSON] = try rows.map { row in
        let position = try row[1].integer()
        let hop = try read([position], extent, transaction).first
        return [
          "time": .string(time(try row[0].integer())), "case": .string(try row[2].text()), "position": .integer(position),
          "view": hop?.header(Fact.view.rawValue).map { .string($0) } ?? .null,
        ]
      }
      let last = try rows.count == Int(limit) ? rows.last.map { "\(try $0[0].integer()).\(try $0[1].integer())" } : nil
      return (answer, last)
    }
  }

  /// All records of the case up to then, folded as the index folds them.
  private func state(_ request: Request) throws -> [JSON] {
    let at = try instant(request) ?? 0
    return try road.store.read { transaction in
      var row = CaseRow(try known(request, transaction).id)
      guard let extent = try Extent(transaction) else { return [] }
      let positions = try Entries.positions(of: row.id, limit: Self.storyLimit, transaction)
      var headers = RecordHeaders()
      var last: Hop?
      for hop in try read(positions, extent, transaction) where hop.time <= at && !hop.leaf.topic.hasSuffix(".dead") {
        headers.read(hop.headerSection)
        row.fold(headers, topic: hop.leaf.topic)
        if hop.time >= last?.time ?? .min { last = hop }
      }
      guard row.records > 0 else { return [] }
      var object = summary(row).object ?? JSONObject()
      object["last_record"] = last.map { $0.json(showsContent: false) }
      return [.object(object)]
    }
  }

  private func instant(_ request: Request) throws -> Int64? {
    guard let text = request.parameter("at") else { return nil }
    guard let time = Instant(rfc3339: text) else {
      throw Problem(.badRequest, "parameter", "Parameter at: a time as 2026-11-24T14:03:00Z was expected.")
    }
    return time.microseconds
  }
}

extension Request {
  /// A parameter as a database may look for it.
  fileprivate func text(_ name: String) -> String { String((parameter(name) ?? "").filter { $0 != "\0" }.prefix(300)) }
}
