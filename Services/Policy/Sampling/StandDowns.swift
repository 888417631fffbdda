import Bundles
import Domain
import JSON
import Lanes
import Wire
import Workflows

/// Whose items are not automatic in a lane, because a person rejected one. Each lane holds the same.
struct StandDowns {
  struct Entry: Equatable {
    let workflow: String
    let caseID: String
    let code: String
    let until: Instant
  }

  /// The most that a lane remembers one by one.
  static let most = 2_000

  /// By subject.
  private(set) var entries: [String: Entry] = [:]
  /// Workflows with more than that: nothing of them is automatic until then.
  private(set) var crowded: [String: Instant] = [:]

  func entry(_ subject: String, _ workflow: String, now: Instant) -> Entry? {
    if let entry = entries[subject], entry.until > now { return entry }
    guard let until = crowded[workflow], until > now else { return nil }
    return Entry(workflow: workflow, caseID: "many", code: "many", until: until)
  }

  func after(_ began: StandDownBegan) -> StandDowns {
    var state = self
    state.entries = entries.filter { $0.value.until > began.at }
    state.crowded = crowded.filter { $0.value > began.at }
    if state.entries.count >= Self.most, state.entries[began.subject] == nil {
      state.crowded[began.workflow] = max(state.crowded[began.workflow] ?? began.until, began.until)
    } else {
      state.entries[began.subject] = Entry(
        workflow: began.workflow, caseID: began.caseID, code: began.code, until: began.until)
    }
    return state
  }

  func after(_ ended: StandDownEnded) -> StandDowns {
    var state = self
    state.entries[ended.subject] = nil
    return state
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("stand_downs")
      writer.object { writer in
        for (subject, entry) in entries.sorted(by: { $0.key < $1.key }) {
          writer.key(subject)
          writer.object { writer in
            writer.member("workflow", entry.workflow)
            writer.member("case", entry.caseID)
            writer.member("code", entry.code)
            writer.member("until", entry.until)
          }
        }
      }
      writer.key("crowded")
      writer.object { writer in
        for (workflow, until) in crowded.sorted(by: { $0.key < $1.key }) { writer.member(workflow, until) }
      }
    }
  }

  init() {}

  init(_ json: JSON) throws(WireError) {
    for member in json["stand_downs"]?.object?.members ?? [] {
      let fields = try Fields(member.value)
      entries[member.key] = Entry(
        workflow: try fields.text("workflow"), caseID: try fields.text("case"), code: try fields.text("code"),
        until: try fields.instant("until"))
    }
    for member in json["crowded"]?.object?.members ?? [] {
      guard let until = member.value.integer else { throw WireError("member crowded holds no time") }
      crowded[member.key] = Instant(microseconds: until)
    }
  }
}

/// What a lane says of stand-downs.
enum StandNote {
  case began(StandDownBegan)
  case ended(StandDownEnded)

  var type: String {
    switch self {
    case .began: StandDownBegan.type
    case .ended: StandDownEnded.type
    }
  }

  /// The case by which it came.
  var caseID: String {
    switch self {
    case .began(let body): body.caseID
    case .ended(let body): body.caseID
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .began(let body): body.write(&writer)
    case .ended(let body): body.write(&writer)
    }
  }
}

extension PolicyStep {
  /// Under which name the lanes remember the subject of a case; nil where it has none.
  func subject(of state: OpenCase) -> String? {
    let standDown = policy(state.workflow)?.bundle.standDown ?? .standard
    var named: String?
    if standDown.subject.isEmpty {
      named = state.requester?.id
    } else {
      var value: JSON? = state.data
      for name in standDown.subject { value = value?[name] }
      named = value.flatMap { $0.string ?? $0.integer.map { "\($0)" } }
    }
    guard let named, !named.isEmpty else { return nil }
    let type = state.proposal.action?["type"]?.string ?? ""
    return hex(sha256(Array("\(state.workflow)\n\(type)\n\(named)\n".utf8)))
  }

  /// What stands against letting the case go alone.
  func standing(_ state: OpenCase, in place: DrawPlace) -> StandDowns.Entry? {
    guard let known = standDowns[place.standDowns], let subject = subject(of: state) else { return nil }
    return known.entry(subject, state.workflow, now: now)
  }

  /// A person rejected it: every lane remembers the subject.
  func standDown(_ state: OpenCase, code: String, _ lanes: Int32) -> [PolicyOutput] {
    guard let policy = policy(state.workflow), policy.bundle.template == .sampled, let subject = subject(of: state) else { return [] }
    let began = StandDownBegan(
      subject: subject, workflow: state.workflow, caseID: key, code: code, at: now,
      until: now.adding(seconds: Double(policy.bundle.standDown.seconds)))
    return DrawPlace.all(among: lanes).map { .emit(.standDown($0.standDowns, .began(began))) }
  }

  /// What a decision leads to, and the end of the subject's stand-down if it approves one of its cases: when the quorum is
  /// complete, whether as proposed or as edited. Agreeing that a blocked one may not run approves nothing.
  func lifting(_ said: [PolicyOutput], of state: OpenCase, _ lanes: Int32) -> [PolicyOutput] {
    let approves = said.contains { output in
      if case .emit(.decision(_, let judged)) = output { judged.result == .complete } else { false }
    }
    return approves && state.route != Route.block.rawValue ? said + liftStandDown(state, lanes) : said
  }

  private func liftStandDown(_ state: OpenCase, _ lanes: Int32) -> [PolicyOutput] {
    guard let subject = subject(of: state), standDowns.values.contains(where: { $0.entries[subject] != nil }) else { return [] }
    return DrawPlace.all(among: lanes).map {
      .emit(.standDown($0.standDowns, .ended(StandDownEnded(subject: subject, caseID: key))))
    }
  }
}

extension Verdict {
  /// A person rejected the subject's last one.
  mutating func standDown(_ entry: StandDowns.Entry) {
    route = .review
    matches.insert(
      Match(
        rule: "stand_down", gate: .context, code: .recentRejection, route: .review,
        because: "a person rejected the last one of this subject (\(String(entry.code.prefix(60)))): not alone until one is approved",
        evidence: "case \(String(entry.caseID.prefix(60)))"), at: 0)
  }
}
