import Identity
import JSON
import Storage
import Wire

@testable import countersign_reviewer

/// Every page of the desk with one text in every place that people, models, records or files can fill.
enum HostilePages {
  static func all(_ text: String) throws -> [(name: String, html: String)] {
    let short = cut(text)
    return [
      ("task", task(text)), ("story", try story(short)), ("health", HealthPage(queues: [QueueHealth(queue: short)], now: DeskFixture.now, skips: [SkipCount(person: short, skipped: 1, codes: [short: 1])]).html.text),
      ("list", list(short)), ("sign-in", SignInPage(people: people(short)).html.text), ("layout", layout(short)), ("keys", keys(short)),
      ("away", away(short)), ("stops", stops(short)), ("exceptions", exceptions(short)),
    ]
  }

  /// As long as words, names and titles may be.
  static func cut(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(1_500))) }

  private static func people(_ text: String) -> People {
    People(DeskFixture.people.all.map { Person(id: $0.id, name: "\($0.name) \(text)", groups: $0.groups + [text], isDutyOfficer: $0.isDutyOfficer, claim: $0.claim) })
  }

  static func request(_ text: String, version: Int64) -> JSON {
    let short = cut(text)
    let fields: JSON = ["total": .string(text), short: .string(short), "list": [["a": .string(short), short: 1]], "deep": [[["b": [.string(short)]]], .string(short)]]
    let source: JSON = [
      "name": "order", "answered": true, "found": true, "must_view": true, "id": .string(short), "fetched_at": 1, "shelf_life": 60, "score": 0.5, "fields": fields,
    ]
    let match: JSON = [
      "rule": .string(short), "gate": "context", "code": .string(short), "route": "review", "because": .string(short), "evidence": .string(short),
      "reads": ["item.total", "sources.order.fields.total", .string(short)],
      "waived": ["exception": .string(short), "until": .string(short), "reason": .string(short)],
    ]
    let request = DeskFixture.json(
      DeskFixture.request(version: version, action: DeskFixture.action(120_000 + version, note: text.utf8.count > 100_000 ? short : text, to: short), requester: short, mustSign: true))
    var object = request.object ?? JSONObject()
    object["data"] = ["total": .string(short + " "), short: .string(short), "lines": [["sku": .string(short), "quantity": 1]]]
    object["output"] = [short: .string(short), "text": .string(short)]
    object["current"] = ["note": .string("before " + short), "amount": ["minor": 100_000, "currency": .string(short)], short: .string(short)]
    object["sources"] = [source, ["name": .string(short), "answered": true, "found": true, "fields": ["total": .string("another " + short)]], ["name": .string(short), "answered": false]]
    object["matches"] = [match]
    object["parts"] = [["name": .string(short), "value": 0.5, "weight": 0.5, "floor": 0.1, "origin": .string(short)]]
    object["quorum"] = ["group": .string(short), "count": 2]
    for name in ["model", "prompt", "bundle", "queue", "accountable", "draw"] { object[name] = .string(short) }
    return .object(object)
  }

  private static func task(_ text: String) -> String {
    let short = cut(text)
    let (before, request) = (Self.request("before", version: 1), Self.request(text, version: 2))
    var task = ReviewTask(request: request, view: ReviewTask.view(of: request), opened: DeskFixture.now, rungs: [Rung(due: DeskFixture.now, group: short, channel: "none", owner: short)])
    task.differences = Differences.between(before, request)
    task.changed = [short]
    task.proposed = before["action"]
    task.given = [ReviewTask.Given(id: "d", person: short, claim: short, verb: "edit", version: 1, groups: [short])]
    task.claim = ReviewTask.Claim(person: short, until: DeskFixture.now.adding(seconds: 60))
    task.seen = [ReviewTask.Seen(person: "P-ada", source: "order", digest: MustView.digest(of: request["sources"]?.array?[0] ?? .null))]
    task.owner = short
    task.story = ["comment", "handed", "assigned", "revealed", "held", "opinion", "returned", short].map {
      ["at": 1, "what": .string($0), "who": .string(short), "to": .string(short), "text": .string(short)]
    }
    let people = people(short)
    var file = CaseFile(
      DeskFixture.caseID, task, for: DeskFixture.ada, owner: Owner(kind: .duty, name: short), now: DeskFixture.now, wall: DeskFixture.now, others: people.all).json.object ?? JSONObject()
    var html = ""
    let workflow = try? DeskFixture.decider().workflows["pay"]
    for holder in [short, "P-ada"] {
      file["claim"] = ["person": .string(holder), "until": .string(DeskFixture.now.description)]
      let draft = Form(values: ["verb": "edit", "field:/body/note": short, "field:/body/amount/minor": short, "words": short])
      let alike = LikeCase(
        key: DeskFixture.caseID, opened: DeskFixture.now, state: .ended, reason: short, decision: .init(verb: short, person: short, code: short, at: DeskFixture.now))
      html += TaskPage(
        view: CaseView(DeskFixture.caseID, .object(file), workflow), person: DeskFixture.ada, people: people, formToken: short, draft: draft,
        kept: Draft(version: 1, values: [:], saved: DeskFixture.now), seen: 1, alike: [alike],
        revealed: Revealed(key: DeskFixture.caseID, token: short, value: short), formKey: short).html.text
    }
    return html
  }

  private static func story(_ text: String) throws -> String {
    let body: JSON = .object(
      JSONObject(
        ["person", "text", "words", "code", "why", "reason", "to", "verb", "group", "state", "source", "route", "risk"].map { ($0, .string(text)) }
          + [("late_by", 5), ("version", 1)]))
    let hops = TaskEvent.Kind.allCases.compactMap { Hop([.text("k"), .integer(1), .text($0.rawValue), .blob(body.canonical)]) }
    let known = KnownCase([.text("k"), .text(text), .text(text), .text("|\(text)|"), .text(text), .text(""), .text(text), .text(text), .integer(1)])
    return StoryPage(key: text, known: known, hops: hops, alike: [], people: people(text), isOpen: true).html.text
  }

  private static func list(_ text: String) -> String {
    let row = TaskRow(
      key: text, place: text, next: DeskFixture.now, asked: [text], group: text, tier: 2, queue: text, workflow: text, risk: text, holder: text, held: text,
      opened: DeskFixture.now, title: text, phase: text)
    return ListPage(
      counts: [GroupCount(group: text, open: 1, unclaimed: 1, breached: 1, oldest: DeskFixture.now)], rows: [row], next: text, kind: .open, filter: TaskFilter { _ in text },
      now: DeskFixture.now, duty: Duty(people: people(text), schedules: .none), person: people(text).all[0], workflows: [text],
      pins: [Preferences.Pin(name: text, query: "q=1")], formToken: text).html.text
  }

  private static func away(_ text: String) -> String {
    let absences = ["P-ada", text].map {
      Absence(id: text, person: $0, from: DeskFixture.now, until: DeskFixture.now.adding(seconds: 60), delegate: text, by: text, words: text)
    }
    return AwayPage(
      person: DeskFixture.duty, absences: absences, presence: Presence(people(text), absences, at: DeskFixture.now), now: DeskFixture.now, formToken: text,
      form: Form(values: ["from": text, "until": text, "to": text, "words": text, "person": text]), formKey: text).html.text
  }

  private static func stops(_ text: String) -> String {
    let stop: JSON = ["workflow": .string(text), "reason": .string(text), "by": .string(text), "at": 1, "starter": .string(text), "starter_at": .integer(.max / 2)]
    return StopsPage(
      stops: [stop], isTold: true, workflows: [text, "pay"], person: DeskFixture.duty, people: people(text), formToken: text,
      form: Form(values: ["workflow": text, "reason": text])).html.text
  }

  private static func exceptions(_ text: String) -> String {
    let members = ["id", "workflow", "reason", "requester", "approver", "expires", "state", "last_used"]
    var entry = JSONObject(members.map { ($0, .string(text)) })
    entry["waives"] = [.string(text)]
    return ExceptionsPage(
      told: ["version": 1, "fault": .string(text), "at": .string(text), "exceptions": [.object(entry)]], people: people(text), now: DeskFixture.now).html.text
  }

  private static func keys(_ text: String) -> String {
    let hostile: JSON = .string(text)
    let key: JSON = ["kid": hostile, "registered_at": hostile, "until": hostile, "proof": hostile, "state": "counts"]
    return OwnKeysPage(keys: [key, ["kid": hostile, "state": hostile]], problem: text, formToken: text).html.text
  }

  private static func layout(_ text: String) -> String {
    let person = Person(id: text, name: text, groups: [text], isDutyOfficer: false, claim: text)
    return Layout(person: person, formToken: text, clockScale: 60, keys: "demo").page(text, notice: text, isAlert: true, task: (text, 1, text), "<p>\(text)</p>").text
  }
}
