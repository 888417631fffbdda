import Domain
import JSON
import Wire

/// Why a case went where it went, as policy recorded it when it judged the case last.
struct Explanation {
  private let id: String
  private let workflow: String
  private let bundle: String
  /// Times that the case was judged; the last is told.
  private let judgements: Int
  private let body: JSON
  private let route: Route
  private let matches: [Match]
  /// What policy said of grants for it.
  private let glasses: [JSON]

  /// - Parameter answer: audit's answer for the case, with contents.
  init(_ answer: JSON) throws {
    let hops = (answer["hops"]?.array ?? []).filter {
      [CaseJudged.type, ReviewRequested.type].contains($0["type"]?.string ?? "")
    }
    guard let last = hops.last else {
      throw OperatorError("Policy has not judged this case yet. countersign case \(answer["case"]?.string ?? "ID") tells its story.")
    }
    guard let body = last["body"], body.object != nil, let route = body["route"]?.string.flatMap(Route.init(rawValue:))
    else { throw OperatorError("Contents are hidden: the operator's token is needed (--token-file).") }
    self.body = body
    self.route = route
    id = answer["case"]?.string ?? ""
    judgements = hops.count
    glasses = (answer["hops"]?.array ?? []).filter { $0["type"]?.string == GlassJudged.type }.compactMap { $0["body"] }
    workflow = (body["workflow"] ?? last["facts"]?["workflow"])?.string ?? "unknown workflow"
    bundle = (body["bundle"] ?? last["facts"]?["bundle"])?.string ?? "unknown"
    matches = (body["matches"]?.array ?? []).compactMap(Self.match)
  }

  private static func match(_ json: JSON) -> Match? {
    guard let rule = json["rule"]?.string, let gate = json["gate"]?.string.flatMap(Gate.init(rawValue:)),
      let code = json["code"]?.string.flatMap(ReasonCode.init(rawValue:)),
      let route = json["route"]?.string.flatMap(Route.init(rawValue:)), let because = json["because"]?.string
    else { return nil }
    let relief = json["relief"].flatMap { told -> Relief? in
      guard let route = told["route"]?.string.flatMap(Route.init(rawValue:)), let needs = told["needs"]?.string else {
        return nil
      }
      return Relief(route, needs)
    }
    var match = Match(
      rule: rule, gate: gate, code: code, route: route, because: because, evidence: json["evidence"]?.string ?? "",
      relief: relief)
    if let waived = json["waived"], let exception = waived["exception"]?.string {
      match.waived = Waived(
        exception: exception, until: waived["until"]?.string ?? "", reason: waived["reason"]?.string ?? "")
    }
    return match
  }

  private var milder: MilderRoute? { MilderRoute(of: matches, route: route) }

  var lines: [String] {
    var lines = ["Case \(clean(id)), \(clean(workflow)), under policy version \(clean(bundle).prefix(12))"]
    if judgements > 1 { lines.append("It was judged \(judgements) times; this is the last.") }
    lines += ["", "Route: \(route.rawValue). \(words)", ""]
    if matches.isEmpty { lines.append("No rule speaks against it.") }
    for match in matches {
      let asks = match.waived == nil ? "asks" : "would ask"
      lines.append("\(fixes(match) ? "*" : " ") \(match.gate.rawValue) gate \(asks) for \(match.route.rawValue): \(clean(match.because))")
      let evidence = match.evidence.isEmpty ? "" : ", resting on \(clean(match.evidence))"
      lines.append("    rule \(clean(match.rule)), code \(match.code.rawValue)\(evidence)")
      if let waived = match.waived { lines.append("    \(clean(waived.sentence))") }
    }
    if matches.contains(where: fixes) { lines.append("(* fixed the route: the strictest wins)") }
    lines += [""] + parts(body).compactMap { $0 } + risk
    return lines + [""] + next + glass
  }

  /// Who may decide it alone, and who has.
  private var glass: [String] {
    var lines: [String] = []
    if let rule = body["glass"], let group = rule["group"]?.string {
      let tell = (rule["tell"]?.array ?? []).compactMap(\.string).map(clean).joined(separator: ", ")
      lines.append("Where others cannot be reached one of \(clean(group)) may break the glass and decide it alone; \(tell) would hear of it at once.")
    }
    for judged in glasses {
      let words = Words(judged)
      switch words["result"] ?? "" {
      case "granted": lines.append("\(words["person"] ?? "Somebody") broke the glass (ticket \(words["ticket"] ?? "none")).")
      case "ended": lines.append("  it is over: \(words["reason"] ?? "")")
      default: lines.append("\(words["person"] ?? "Somebody") was refused to break the glass: \(words["reason"] ?? "")")
      }
    }
    return lines.isEmpty ? [] : [""] + lines
  }

  private func fixes(_ match: Match) -> Bool { match.waived == nil && match.route == route }

  private var risk: [String] { body["risk"]?.string.map { ["risk \(clean($0))"] } ?? [] }

  private var words: String {
    switch route {
    case .auto: "It may run without a person."
    case .review: "A reviewer decides."
    case .sme: "An expert decides."
    case .block: "It may not run; a person confirms that."
    }
  }

  private var next: [String] {
    guard route > .auto else { return ["There is no milder route."] }
    guard let milder else {
      let fixed = matches.filter { fixes($0) && $0.relief == nil }.map { clean($0.because) }
      return ["Nothing about the case would have made it milder\(fixed.isEmpty ? "" : ": \(fixed.joined(separator: "; "))")."]
    }
    return ["For the next milder route, \(milder.route.rawValue), all of this would have had to differ:"]
      + milder.matches.map { "  \(clean($0.rule)): \(clean($0.relief?.needs ?? ""))" }
  }

  var json: JSON {
    var object = JSONObject([
      ("case", .string(id)), ("workflow", .string(workflow)), ("bundle", .string(bundle)), ("route", .string(route.rawValue)),
      ("judgements", .integer(Int64(judgements))), ("matches", body["matches"] ?? []),
      ("determining", .array(matches.filter(fixes).map { .string($0.rule) })),
      ("confidence", body["confidence"] ?? .null), ("parts", body["parts"] ?? []), ("risk", body["risk"] ?? .null),
    ])
    if let glass = body["glass"] { object["break_glass"] = glass }
    if !glasses.isEmpty { object["glass"] = .array(glasses) }
    object["milder"] =
      milder.map { milder in
        [
          "route": .string(milder.route.rawValue),
          "needs": .array(
            milder.matches.map { ["rule": .string($0.rule), "needs": .string($0.relief?.needs ?? "")] }),
        ]
      } ?? .null
    return .object(object)
  }
}
