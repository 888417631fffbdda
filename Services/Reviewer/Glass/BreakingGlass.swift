import Identity
import JSON
import Lanes
import Permits
import Wire

/// Break-glass at the desk. What is said here is for the person's sake: policy checks it all by itself, but for who can be reached.
extension Desk {
  /// Asks policy for a grant, under the person's own signature.
  func breakGlass(_ person: Person, _ ask: GlassAsk, _ task: ReviewTask) throws -> [DeskOutput] {
    guard let rule = task.request["glass"] else {
      return refuse(409, "glass.off", "Nobody may break the glass for this case: its policy does not allow it, or it is prohibited.")
    }
    let group = rule["group"]?.string ?? ""
    guard isInGroup(person, group) else { return refuse(403, "glass.group", "Only members of \(group) may break the glass.") }
    if let signature = ask.signature, let known = task.glass, known.id == id(of: signature, person) { return [told(known)] }
    if let refusal = untimely(person, task) ?? unsaid(ask, rule) { return refusal }
    let minutes = ask.minutes ?? rule["minutes"]?.integer ?? 60
    guard let signature = ask.signature, let certificate = ask.certificate else {
      return refuse(
        422, "signature.missing",
        "The glass is broken under a signature of your own key alone. On the page your browser signs, over https or on this very machine, with its script; a program sends own and own_key.")
    }
    let grant = GlassGrant(
      caseID: key, personIssuer: person.issuer, person: person.id, groups: person.groups, strength: ask.strength, authenticatedAt: ask.authenticatedAt,
      reason: ask.reason, ticket: ask.ticket, minutes: minutes, issuedAt: wall.unixSeconds, signature: signature, certificate: certificate)
    do throws(JWSError) {
      let own = try OwnGlass.verify(signature, key: try KeyCertificate(unverified: certificate).key)
      if let claim = grant.difference(from: own) { return refuse(422, "signature.wrong", "Your key has signed something else: \(claim) differs.") }
    } catch { return refuse(422, "signature.wrong", "Your key's signature does not count: \(error.description).") }
    if let refusal = unreachable(person, rule) { return refusal }
    let token = try decider.signing.sign(grant.claims, type: GlassGrant.type)
    let glass = TaskGlass(id: grant.id, person: person.id, reason: ask.reason, ticket: ask.ticket, until: wall.adding(seconds: Double(minutes) * 60))
    return [
      .emit(.glass(key, GlassBroken(grant: token), workflow: task.workflow, person: person.full)),
      event(
        .glassAsked,
        [
          ("person", .string(person.id)), ("grant", .string(grant.id)), ("text", .string(ask.reason)), ("ticket", .string(ask.ticket)),
          ("minutes", .integer(minutes)), ("until", .integer(glass.until.microseconds)),
        ]),
      told(glass),
    ]
  }

  private func told(_ glass: TaskGlass) -> DeskOutput { answer(202, glass.told) }

  private func id(of signature: String, _ person: Person) -> String {
    GlassGrant.id(of: OwnGlass.id(unverified: signature) ?? "", caseID: key, person: person.full)
  }

  /// A group that is borrowed from somebody who is away does not count.
  private func isInGroup(_ person: Person, _ group: String) -> Bool {
    person.groups.contains(group) && decider.people.person(id: person.id)?.groups.contains(group) ?? false
  }

  private func untimely(_ person: Person, _ task: ReviewTask) -> [DeskOutput]? {
    if let settling = task.settling { return decided(task, settling) }
    if hasDecided(person, task) {
      return refuse(409, "glass.decided", "You have decided. Take that back first: what is decided under a grant is decided knowing it.")
    }
    if isEditor(person, task) { return refuse(403, "four_eyes.editor", "You edited this; another person has to approve it.") }
    guard let glass = task.glass, glass.until >= wall else { return nil }
    return refuse(409, "glass.open", "\(name(glass.person)) has broken the glass for this case already, until \(glass.until).")
  }

  private func unsaid(_ ask: GlassAsk, _ rule: JSON) -> [DeskOutput]? {
    guard !ask.reason.isEmpty else { return refuse(422, "words.missing", "Say in words why nobody else can be waited for.") }
    guard !ask.ticket.isEmpty else { return refuse(422, "ticket.missing", "Name the ticket or incident that it belongs to.") }
    let most = rule["most_minutes"]?.integer ?? GlassGrant.minutesAllowed.upperBound
    guard (GlassGrant.minutesAllowed.lowerBound...most).contains(ask.minutes ?? GlassGrant.minutesAllowed.lowerBound) else {
      return refuse(422, "minutes", "\(GlassGrant.minutesAllowed.lowerBound) to \(most) minutes were expected.")
    }
    return nil
  }

  /// Nobody breaks the glass unseen: somebody who is to hear of it must be at work, and there must be a way to call them.
  private func unreachable(_ person: Person, _ rule: JSON) -> [DeskOutput]? {
    let channel = rule["channel"]?.string ?? "none"
    guard decider.channels[channel] != nil else {
      return refuse(409, "glass.unreachable", "No supervisor can be reached: no channel \(channel) is configured (NOTIFY).")
    }
    let groups = (rule["tell"]?.array ?? []).compactMap(\.string)
    let isAnybody = groups.contains { decider.schedules.isOnShift($0, at: now) && !presence.members(of: $0, except: person.id).isEmpty }
    return isAnybody ? nil : refuse(409, "glass.unreachable", "No supervisor can be reached: nobody of \(groups.joined(separator: ", ")) is at work.")
  }

  /// What policy made of a grant, and when it is over.
  func hear(_ judged: GlassJudged) -> [DeskOutput] {
    guard let task, let glass = task.glass, glass.id == judged.grant else { return [] }
    let said: [(String, JSON?)] = [
      ("grant", .string(glass.id)), ("person", .string(glass.person)), ("ticket", .string(glass.ticket)), ("code", .string(judged.code)),
    ]
    switch judged.result {
    case .granted:
      let until = judged.until.map { wall.adding(seconds: $0.seconds(since: now) / Double(decider.clockScale)) } ?? glass.until
      return [event(.glassGranted, said + [("text", .string(glass.reason)), ("until", .integer(until.microseconds))]), broken(glass, until, task)]
    case .refused, .ended:
      return [event(.glassEnded, said + [("result", .string(judged.result.rawValue)), ("reason", .string(judged.reason))])]
    }
  }

  /// Supervisors and security hear of it at once.
  private func broken(_ glass: TaskGlass, _ until: Instant, _ task: ReviewTask) -> DeskOutput {
    let rule = task.request["glass"] ?? .null
    let channel = rule["channel"]?.string ?? "none"
    let groups = (rule["tell"]?.array ?? []).compactMap(\.string)
    let people = groups.flatMap { presence.members(of: $0, except: glass.person).map(\.id) }
    return event(
      .broken,
      [
        ("dedup_key", .string(Self.glassKey(key, glass.id))), ("case", .string(key)), ("grant", .string(glass.id)), ("person", .string(glass.person)),
        ("name", .string(name(glass.person))), ("text", .string(glass.reason)), ("ticket", .string(glass.ticket)), ("until", .string(until.description)),
        ("groups", .array(groups.map { .string($0) })), ("group", groups.first.map { .string($0) }),
        ("people", .array(people.enumerated().filter { people.firstIndex(of: $1) == $0 }.map { .string($1) })), ("channel", .string(channel)),
        ("accountable", task.request["accountable"]), ("queue", task.request["queue"]), ("route", task.request["route"]), ("risk", .string(task.risk)),
        ("reasons", ["break_glass"]), ("state", "glass_broken"), ("opened_at", .string(now.description)),
        ("summary", .string("\(task.workflow): \(name(glass.person)) broke the glass, ticket \(glass.ticket), \(task.risk) impact")),
        ("link", .string("\(decider.publicURL)/cases/\(key)")), ("notify", decider.channels[channel].map { [.string($0.name)] }),
      ])
  }

  /// Each grant has an alert of its own, so that the look at one does not end that of another.
  private static func glassKey(_ caseID: String, _ grant: String) -> String { "countersign/\(caseID)/glass/\(grant)" }

  /// Of a look at a broken glass: whoever was called then hears what came of it, and their alert ends. Empty of anything else.
  ///
  /// - Parameters:
  ///   - request: what is asked of whoever looks.
  ///   - result: `justified`, `unjustified`, or `suspended` where nobody has looked in time.
  func glassResolved(_ request: JSON, _ result: String) -> [DeskOutput] {
    guard request["workflow"]?.string == GlassCard.workflow, let data = request["data"], let grant = data["grant"]?.string, let about = data["case"]?.string
    else { return [] }
    let who = name(data["person"]?.string ?? "")
    let words = switch result {
    case "justified": "somebody looked at \(who)’s broken glass: it was justified"
    case "unjustified": "somebody looked at \(who)’s broken glass: it was not justified, and their right is suspended"
    case "suspended": "nobody looked at \(who)’s broken glass in time: their right is suspended until somebody does"
    default: "nobody looks at \(who)’s broken glass any more (\(result))"
    }
    let channels = alerted(data["alert"]?.string ?? "none")
    return [
      event(
        .glassResolved,
        [
          ("dedup_key", .string(Self.glassKey(about, grant))), ("case", .string(about)), ("grant", .string(grant)), ("person", data["person"]),
          ("ticket", data["ticket"]), ("result", .string(result)), ("reason", .string(words)),
          ("summary", .string("\(data["workflow"]?.string ?? ""): \(words), ticket \(data["ticket"]?.string ?? "")")),
          ("link", .string("\(decider.publicURL)/cases/\(about)")), ("notify", channels.isEmpty ? nil : .array(channels.map { .string($0) })),
        ])
    ]
  }

  /// The channel by which people were called, and the pagers that may have taken over: an end that nothing began does no harm there.
  private func alerted(_ channel: String) -> [String] {
    var found: [String] = [], next = decider.channels[channel], rest = decider.channels.count
    while let channel = next, rest > 0 {
      if case .pagerDuty = channel.kind { found.append(channel.name) } else if found.isEmpty, rest == decider.channels.count { found.append(channel.name) }
      next = channel.fallback.flatMap { decider.channels[$0] }
      rest -= 1
    }
    return found
  }

  /// Whether the person may decide the task alone now.
  func isCovered(_ person: Person, _ task: ReviewTask) -> Bool { task.glass?.covers(person.id, at: wall) ?? false }
}
