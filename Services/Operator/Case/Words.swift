import JSON

/// Members of an object as words that are safe to print.
struct Words {
  let json: JSON?

  init(_ json: JSON?) { self.json = json }

  /// Nil where there is none, or none that is a word or a number.
  subscript(name: String) -> String? {
    switch json?[name] {
    case .string(let text): clean(text)
    case .integer(let number): String(number)
    case .bool(let flag): String(flag)
    case .number(let number): JSON.number(number).text
    default: nil
    }
  }

  func line(_ name: String, _ prefix: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : prefix + short($0, 300) } }
}

func percent(_ value: Double) -> String {
  guard value.isFinite, abs(value) <= 1_000 else { return "invalid" }
  return "\((value * 1_000).rounded() / 10) %"
}

func list(_ json: JSON?) -> String { (json?.array ?? []).compactMap { $0.string.map(clean) }.joined(separator: ", ") }

/// Risk and confidence, as far as they are told.
func grade(_ body: JSON?, _ facts: Words) -> String {
  let risk = (facts["risk"] ?? body?["risk"]?.string.map(clean)).map { "risk \($0), " } ?? ""
  return "\(risk)confidence \((body?["confidence"]?.double).map(percent) ?? facts["confidence"] ?? "none")"
}

/// The sentences of the rules that matched; without a body, their codes.
func because(_ body: JSON?, _ facts: Words) -> [String?] {
  guard let matches = body?["matches"]?.array else { return [facts.line("reasons", "because: ")] }
  return matches.prefix(12).map { match in
    "because: \(clean(match["because"]?.string ?? match["code"]?.string ?? ""))\(waived(match).map { "; \($0)" } ?? "")"
  }
}

/// By which exception a match asks for nothing; nil where it asks for its route.
func waived(_ match: JSON) -> String? {
  let words = Words(match["waived"])
  return words["exception"].map { "waived by exception \($0) until \(words["until"] ?? "") because \(words["reason"] ?? "")" }
}

/// What the confidence is blended of.
func parts(_ body: JSON?) -> [String?] {
  let parts = (body?["parts"]?.array ?? []).compactMap { part -> String? in
    guard let name = part["name"]?.string else { return nil }
    let value = (part["value"]?.double).map(percent) ?? "absent"
    return "\(clean(name)) \(value)\((part["weight"]?.double).map { " × \($0)" } ?? "")"
  }
  return [parts.isEmpty ? nil : "confidence is made of \(parts.joined(separator: ", "))"]
}

func draw(_ draw: JSON?) -> String? {
  guard let draw, let probability = draw["probability"]?.double else { return nil }
  let drawn = draw["drawn"]?.bool ?? false
  return "\(drawn ? "drawn" : "not drawn") for checking (probability \(percent(probability)))"
}

/// A quorum tree in words: "2 of finance and 1 of security".
func quorum(_ tree: JSON, depth: Int = 0) -> String {
  if let group = tree["group"]?.string { return "\(tree["count"]?.integer ?? 1) of \(clean(group))" }
  guard depth < 8, let branches = tree["branches"]?.array else { return "somebody" }
  let texts = branches.map { quorum($0, depth: depth + 1) }
  let count = Int(tree["of"]?.integer ?? Int64(branches.count))
  if count == branches.count { return texts.joined(separator: " and ") }
  return "\(count) of (\(texts.joined(separator: ", ")))"
}

/// An action in one line: its type first, then each member.
func inWords(_ action: JSON) -> String {
  let all = flat(action)
  let type = all["type"] ?? all["action"]
  let rest = all.filter { $0.key != "type" && $0.key != "action" }.sorted { $0.key < $1.key }
  let members = rest.map { "\($0.key) \(short($0.value, 60))" }.joined(separator: ", ")
  return [type, members.isEmpty ? nil : members].compactMap { $0 }.joined(separator: ": ")
}

/// A value as lines `name: text`, its own members before those of members.
func lines(of json: JSON, limit: Int) -> [String] {
  if case .string(let text) = json { return ["“\(short(clean(text), 400))”"] }
  let all = flat(json).sorted { a, b in
    let (isDeepA, isDeepB) = (a.key.contains { $0 == "." || $0 == "[" }, b.key.contains { $0 == "." || $0 == "[" })
    return isDeepA == isDeepB ? a.key < b.key : isDeepB
  }
  return all.prefix(limit).map { "\($0.key): \(short($0.value, 300))" } + (all.count > limit ? ["and \(all.count - limit) more"] : [])
}
