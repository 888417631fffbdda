import JSON
import Permits
import Wire

/// `decisions`: what stands in the signed decision.
func decided(_ body: JSON?, _ facts: Words) -> Told {
  guard let claims = claims(of: body?["decision"]?.string) else {
    return Told("A person decided\(facts["reviewer"].map { ": \($0)" } ?? "").", [facts.line("decision", "decision ")])
  }
  let words = Words(claims)
  let verb: String
  switch words["verb"] ?? "" {
  case "approve": verb = "approved it"
  case "edit": verb = "changed it and approved the changed one"
  case "reject": verb = "rejected it"
  case "escalate": verb = "passed it on"
  case let other: verb = other
  }
  return Told(
    "\(words["sub"] ?? "A person") \(verb).",
    [
      words.line("code", "reason: "), words["words"].flatMap { $0.isEmpty ? nil : "in their words: “\(short($0, 300))”" },
      body?["action"].map { "as changed: \(short(inWords($0), 300))" }, words.line("view", "saw the rendering "),
      words.line("amr", "signed in by "), ownKey(words["own_key"]),
    ])
}

/// By which key of theirs the person signed, as policy's certificate names it.
private func ownKey(_ certificate: String?) -> String? {
  guard let certificate, let x = claims(of: certificate)?["cnf"]?["jwk"]?["x"]?.string else { return nil }
  return "signed by a key of their own, \(clean(String(x.prefix(12))))…"
}

/// `permits`: what may be done, by whom, until when.
func permitted(_ body: JSON?, _ facts: Words) -> Told {
  let words = Words(claims(of: body?["permit"]?.string))
  let until = (words.json?["exp"]?.integer).map { Instant(microseconds: $0 &* 1_000_000).description.dropFirst(11).prefix(8) }
  let approvals = (words.json?["approvals"]?.array ?? []).count
  return Told(
    "Policy issued permit \(short(words["jti"] ?? facts["permit"] ?? "", 40))\(words["aud"].map { " to \($0)" } ?? "").",
    [
      body?["action"].map { "may: \(short(inWords($0), 300))" },
      until.map { "valid until \($0), once\(approvals > 0 ? ", with \(approvals) signed approval\(approvals == 1 ? "" : "s")" : ", on the automatic route")" },
      words["glass"] == nil ? nil : "MARKED: decided by one person alone, under a broken glass",
      (words["act"] ?? facts["action"]).map { "action hash \($0)" },
    ])
}

/// `effects`: what the executor did.
func effect(_ words: Words, _ facts: Words, _ body: JSON?) -> Told {
  let executor = words["executor"] ?? "The executor"
  let reason = words["reason"].flatMap { $0.isEmpty ? nil : "because: \($0)" }
  if (words["reason"] ?? "").hasPrefix("asked again: ") {
    return Told("\(executor) REFUSED to do it again.", ["because: it had answered this permit's effect before; it told the same once more"])
  }
  switch words["status"] ?? facts["outcome"] ?? "" {
  case "executed": return Told("\(executor) did it.", changes(body?["before"], body?["after"]).map { $0 } + [reason])
  case "refused": return Told("\(executor) REFUSED the permit.", [reason])
  case "precondition.changed": return Told("\(executor) did nothing: the target had changed meanwhile.", [reason])
  case "unknown": return Told("\(executor) cannot say whether it happened.", [reason])
  case "failed": return Told("\(executor) could not do it.", [reason])
  default: return Told("\(executor) answered.", [facts.line("effect", "effect ")])
  }
}

/// What differs between two states, a line for each member: `amount: 1,200 → 1,150`.
func changes(_ before: JSON?, _ after: JSON?) -> [String] {
  let old = flat(before ?? .null), new = flat(after ?? .null)
  let paths = Set(old.keys).union(new.keys).sorted()
  let changed = paths.filter { old[$0] != new[$0] }
  guard !changed.isEmpty else { return ["nothing changed"] }
  let lines = changed.prefix(20).map { path in
    let name = path.isEmpty ? "state" : path
    switch (old[path], new[path]) {
    case (let old?, let new?): return "changed  \(name): \(short(old, 80)) → \(short(new, 80))"
    case (nil, let new?): return "added    \(name): \(short(new, 120))"
    case (let old?, nil): return "removed  \(name): \(short(old, 120))"
    case (nil, nil): return name
    }
  }
  return lines + (changed.count > 20 ? ["and \(changed.count - 20) more"] : [])
}

/// The leaves of a value by their path.
func flat(_ json: JSON, _ path: String = "", into found: [String: String] = [:]) -> [String: String] {
  var found = found
  switch json {
  case .object(let object):
    for member in object.members {
      let name = clean(member.key)
      found = flat(member.value, path.isEmpty ? name : "\(path).\(name)", into: found)
    }
  case .array(let elements):
    for (index, element) in elements.enumerated() { found = flat(element, "\(path)[\(index + 1)]", into: found) }
  case .null: break
  case .string(let text): found[path] = clean(text)
  default: found[path] = json.text
  }
  return found
}

/// The claims of a compact JWS, for reading only; nobody relies on them here.
private func claims(of token: String?) -> JSON? {
  token.flatMap { unverifiedClaims(of: $0, limits: .stored) }
}
