import JSON
import Permits
import Wire

/// `decisions`: what stands in the signed grant.
func glassBroken(_ body: JSON?, _ facts: Words) -> Told {
  guard let grant = (body?["grant"]?.string).flatMap({ GlassGrant(unverified: $0) }) else {
    return Told("BREAK-GLASS: \(facts["reviewer"] ?? "somebody") wants to decide alone.")
  }
  return Told(
    "BREAK-GLASS: \(clean(grant.person)) wants to decide alone for \(grant.minutes) minutes.",
    [
      "ticket \(clean(grant.ticket))", "in their words: “\(short(clean(grant.reason), 300))”",
      "signed by a key of their own, signed in by \(clean(grant.strength)) at \(Instant(microseconds: grant.authenticatedAt &* 1_000_000).description)",
    ])
}

/// `reviews.requested`: what policy makes of it.
func glassJudged(_ words: Words, _ facts: Words) -> Told {
  let who = words["person"] ?? facts["reviewer"] ?? "somebody"
  switch words["result"] ?? "" {
  case "granted":
    let until = (words.json?["until"]?.integer).map { "until \(Instant(microseconds: $0).description.prefix(19))Z" }
    return Told("BREAK-GLASS: policy lets \(who) decide this case alone.", [words.line("ticket", "ticket "), until])
  case "ended": return Told("BREAK-GLASS: \(who) may decide alone no more.", [words.line("reason", "because: ")])
  default: return Told("BREAK-GLASS: policy REFUSED it to \(who).", [(words["reason"] ?? facts["reasons"]).map { "because: \($0)" }])
  }
}

/// `verdicts`: what has become of the person's right.
func glassNoted(_ words: Words, _ facts: Words) -> Told {
  let who = words["person"] ?? facts["reviewer"] ?? "somebody"
  let by = words["by"].flatMap { $0.isEmpty ? nil : $0 } ?? "another person"
  let why = words["reason"].flatMap { $0.isEmpty ? nil : "because: \($0)" }
  switch words["what"] ?? "" {
  case "granted": return Told("It is noted under \(who).", [why])
  case "asked":
    let due = (words.json?["due"]?.integer).map { "until \(Instant(microseconds: $0).description.prefix(16))Z" }
    return Told("Another person is asked whether \(who) was right to break the glass.", [due, why])
  case "justified": return Told("\(by) found that \(who) was right to break the glass.", [why])
  case "unjustified": return Told("\(by) found that \(who) was NOT right to break the glass: the right is suspended.", [why])
  case "overdue": return Told("Nobody said in time whether \(who) was right to break the glass: the right is SUSPENDED.", [why])
  default: return Told("\(by) gave \(who) the right to break the glass back.", [why])
  }
}
