import Identity
import JSON
import Storage
import Wire

/// A task as its row holds it.
extension ReviewTask {
  static let columns = [
    Column("phase", .text), Column("place", .text), Column("next", .integer), Column("asked", .text), Column("grp", .text), Column("tier", .integer),
    Column("queue", .text), Column("workflow", .text), Column("risk", .text), Column("holder", .text), Column("held", .text), Column("skipped", .text), Column("helpers", .text),
    Column("opened", .integer), Column("title", .text), Column("requester", .text), Column("version", .integer),
  ]

  /// Lists and counts are read from this index alone, never from the rows, which hold whole case files.
  static let migration = Migration(
    "reviewer-1",
    [
      .sql(
        "CREATE INDEX states_open ON states (phase, place, key, next, asked, grp, tier, queue, workflow, risk, holder, held, skipped, helpers, opened, title, requester)")
    ])

  /// Counts are sums over all open tasks: of this index they read a third, and in the order in which they add up.
  static let counting = Migration(
    "reviewer-counting",
    [
      .sql("CREATE INDEX states_counted ON states (phase, asked, queue, requester, holder, tier, opened, next)"),
      .sql("CREATE INDEX cases_came ON cases (opened, queue, asked)"),
    ])

  /// Whether somebody has asked for something that is open: then counts are theirs alone.
  static let requests = Migration(
    "reviewer-requests", [.sql("CREATE INDEX states_requested ON states (requester) WHERE phase = 'open' AND requester <> ''")])

  /// All of the service's own.
  static let migrations = [migration, DraftShelf.migration, SessionShelf.migration, CaseMemory.migration, AbsenceShelf.migration, counting, requests, PreferenceShelf.migration]

  var columns: Row {
    [
      .text(isOver ? "over" : settling != nil ? "waiting" : question == nil ? "open" : "asked"), .text(place), .integer(nextDue.microseconds), .text(ReviewTask.list(asked)), .text(group), .integer(Int64(tier)),
      .text(request["queue"]?.string ?? ""), .text(workflow), .text(risk), .text(claim?.person ?? ""),
      .text(hold?.person ?? ""), .text(ReviewTask.list(skipped)), .text(ReviewTask.list(helpers)),
      .integer(opened.microseconds), .text(title), .text(requester ?? ""),
      .integer(version),
    ]
  }

  /// When something will happen to it that somebody should forestall.
  var nextDue: Instant { question?.until ?? min(nextRung ?? deadline, deadline) }

  /// Its place among others: the earlier deadline first, by the minute; within one, the greater impact.
  private var place: String {
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(max(0, number))
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let rank = ["critical", "high", "medium", "low"].firstIndex(of: risk) ?? 0
    return "\(padded(nextDue.microseconds / 60_000_000, 12)).\(rank).\(padded(nextDue.microseconds, 19))"
  }

  /// A list of names as a column in which one can be found.
  private static func list(_ names: [String]) -> String { names.isEmpty ? "" : "|" + names.joined(separator: "|") + "|" }

  /// A line for lists: the first reason, free of private values as all that travels here.
  var title: String {
    let because = request["matches"]?.array?.first?["because"]?.string ?? ""
    return String(String.UnicodeScalarView(because.unicodeScalars.filter { $0.value != 0 }.prefix(160)))
  }

  /// What the database holds of a task; nil where that is nothing. - Throws: `StoreError`.
  static func stored(_ key: String, _ store: any Store) throws -> ReviewTask? {
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(key)]) }
    guard case .blob(let body)? = rows.first?.first else { return nil }
    return try ReviewTask(JSON.parse(body, limits: .stored))
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("request", request)
      writer.member("view", view)
      writer.member("changed", changed)
      if !differences.isEmpty { writer.member("differences", JSON.array(differences)) }
      if !seen.isEmpty { writer.member("seen", JSON.array(seen.map(\.json))) }
      if let proposed { writer.member("proposed", proposed) }
      writer.member("opened", opened)
      writer.member("rungs", .array(rungs.map(\.json)))
      writer.member("tier", tier)
      writer.member("pages", pages)
      writer.member("paged", isPaged)
      writer.member("acknowledged", acknowledged?.stored)
      writer.member("owner", owner)
      writer.member("claim", claim?.json)
      writer.member("fence", fence)
      writer.member("last_claimant", lastClaimant)
      writer.member("ended_leases", endedLeases)
      writer.member("hold", hold?.json)
      writer.member("question", question?.json)
      if questions > 0 { writer.member("questions", Int64(questions)) }
      writer.member("looking", looking?.json)
      if looks > 0 { writer.member("looks", Int64(looks)) }
      writer.member("helpers", helpers)
      writer.member("skipped", skipped)
      writer.member("given", .array(given.map(\.json)))
      writer.member("settling", settling?.json)
      if let glass { writer.member("glass", glass.json) }
      writer.member("notices", .array(notices.map(\.json)))
      writer.member("noticed", noticed)
      writer.member("notified", notified)
      writer.member("over", isOver)
      writer.member("story", .array(story))
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    self.init(
      request: try fields.value("request"), view: try fields.text("view"), opened: try fields.instant("opened"),
      rungs: try (fields.value("rungs").array ?? []).map { try Rung(Fields($0)) })
    changed = try fields.texts("changed")
    differences = fields.optional("differences")?.array ?? []
    seen = try (fields.optional("seen")?.array ?? []).map { try Seen(Fields($0)) }
    proposed = fields.optional("proposed")
    tier = Int(clamping: try fields.integer("tier"))
    pages = Int(clamping: try fields.integer("pages"))
    isPaged = try fields.flag("paged")
    acknowledged = try fields.optional("acknowledged").map { try Acknowledgement(Fields($0)) }
    owner = fields.optionalText("owner")
    claim = try fields.optional("claim").map { try Claim(Fields($0)) }
    fence = try fields.integer("fence")
    lastClaimant = fields.optionalText("last_claimant")
    endedLeases = Int(clamping: try fields.integer("ended_leases"))
    hold = try fields.optional("hold").map { try Hold(Fields($0)) }
    question = try fields.optional("question").map { try Question(Fields($0)) }
    questions = Int(clamping: fields.optionalInteger("questions") ?? 0)
    looking = try fields.optional("looking").map { try Looking(Fields($0)) }
    looks = Int(clamping: fields.optionalInteger("looks") ?? 0)
    helpers = try fields.texts("helpers")
    skipped = try fields.texts("skipped")
    given = try (fields.value("given").array ?? []).map { try Given(Fields($0)) }
    settling = try fields.optional("settling").map { try Settling(Fields($0)) }
    glass = try fields.optional("glass").map { try TaskGlass(Fields($0)) }
    notices = try (fields.value("notices").array ?? []).map { try Notice(Fields($0)) }
    noticed = Int(clamping: try fields.integer("noticed"))
    notified = try fields.texts("notified")
    isOver = try fields.flag("over")
    story = try fields.value("story").array ?? []
  }
}

extension ReviewTask.Claim {
  var json: JSON {
    var object = JSONObject([("person", .string(person)), ("until", .integer(until.microseconds))])
    object["longest"] = longest.map { .integer($0.microseconds) }
    return .object(object)
  }
  init(_ fields: Fields) throws(WireError) {
    self.init(
      person: try fields.text("person"), until: try fields.instant("until"),
      longest: fields.optionalInteger("longest").map { Instant(microseconds: $0) })
  }
}

extension ReviewTask.Acknowledgement {
  var stored: JSON { ["person": .string(person), "at": .integer(at.microseconds)] }
  /// As people are told.
  var json: JSON { ["person": .string(person), "at": .string(at.description)] }
  init(_ fields: Fields) throws(WireError) {
    self.init(person: try fields.text("person"), at: try fields.instant("at"))
  }
}

extension ReviewTask.Hold {
  var json: JSON { ["person": .string(person), "until": .integer(until.microseconds)] }
  init(_ fields: Fields) throws(WireError) {
    self.init(person: try fields.text("person"), until: try fields.instant("until"))
  }
}

extension ReviewTask.Seen {
  var json: JSON { ["person": .string(person), "source": .string(source), "digest": .string(digest)] }
  init(_ fields: Fields) throws(WireError) {
    self.init(person: try fields.text("person"), source: try fields.text("source"), digest: try fields.text("digest"))
  }
}

extension ReviewTask.Given {
  var json: JSON {
    var object = JSONObject([
      ("id", .string(id)), ("person", .string(person)), ("claim", .string(claim)), ("verb", .string(verb)),
      ("version", .integer(version)), ("groups", .array(groups.map { .string($0) })),
    ])
    if !standsFor.isEmpty { object["for"] = .array(standsFor.map { .string($0) }) }
    return .object(object)
  }
  init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("id"), person: try fields.text("person"), claim: try fields.text("claim"),
      verb: try fields.text("verb"), version: try fields.integer("version"), groups: try fields.texts("groups"),
      standsFor: (fields.optional("for")?.array ?? []).compactMap(\.string))
  }
}

extension ReviewTask.Settling {
  var json: JSON {
    [
      "decision": .string(decision), "verb": .string(verb), "action": .string(action),
      "release": .integer(release.microseconds), "until": .integer(until.microseconds),
    ]
  }
  init(_ fields: Fields) throws(WireError) {
    self.init(
      decision: try fields.text("decision"), verb: try fields.text("verb"), action: try fields.text("action"),
      release: try fields.instant("release"), until: try fields.instant("until"))
  }
}
