import JSON

/// What became of all items that one command published.
struct Summary {
  let publications: [Publication]
  let states: [String: Outcomes.State]

  var allTaken: Bool { publications.allSatisfy { $0.caseID != nil } }

  private var accepted: Int { count { if case .accepted = $0 { true } else { false } } }
  private var repeated: Int { count { if case .repeated = $0 { true } else { false } } }
  private var rejected: Int { count { if case .rejected = $0 { true } else { false } } }
  private var unanswered: Int { count { if case .unanswered = $0 { true } else { false } } }

  private func count(_ test: (Publication.Answer) -> Bool) -> Int { publications.filter { test($0.answer) }.count }

  /// How many cases stand where: outcome, or for an open one the route on which it waits.
  private var standings: [(name: String, count: Int)] {
    var counts: [String: Int] = [:]
    for id in Set(publications.compactMap(\.caseID)) { counts[standing(id), default: 0] += 1 }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  private func standing(_ id: String) -> String {
    guard let state = states[id] else { return "not seen by audit yet" }
    let route = state.route.isEmpty ? "" : " (\(state.route))"
    return state.isOpen ? "waiting\(route)" : "\(state.outcome)\(route)"
  }

  /// So many items are told one by one.
  private static let mostTold = 20

  var lines: [String] {
    var lines = [
      "\(publications.count) items: \(accepted) accepted, \(repeated) repeated, \(rejected) rejected, \(unanswered) unanswered"
    ]
    if !states.isEmpty { lines += standings.map { "  \($0.count)  \(clean($0.name))" } }
    for publication in publications.prefix(1_000) {
      switch publication.answer {
      case .rejected(let code, let detail):
        lines.append("rejected  \(clean(publication.item.id)) (\(publication.item.place)): \(clean(code)) \(short(clean(detail), 300))")
      case .unanswered(let reason):
        lines.append("no answer \(clean(publication.item.id)) (\(publication.item.place)): \(short(clean(reason), 300))")
      case .accepted, .repeated: continue
      }
    }
    if publications.count <= Self.mostTold {
      for publication in publications {
        guard let id = publication.caseID else { continue }
        let repeated = if case .repeated = publication.answer { ", sent before" } else { "" }
        lines.append("case \(id)  \(clean(publication.item.id)): \(standing(id))\(repeated)")
      }
      return lines
    }
    if let example = publications.lazy.compactMap(\.caseID).first { lines.append("countersign case \(example) tells the first one's story") }
    return lines
  }

  var json: JSON {
    let items: [JSON] = publications.map { publication in
      var object = JSONObject([("id", .string(publication.item.id)), ("place", .string(publication.item.place))])
      switch publication.answer {
      case .accepted: object["status"] = "accepted"
      case .repeated: object["status"] = "repeated"
      case .rejected(let code, let detail):
        object["status"] = "rejected"
        object["code"] = .string(code)
        object["detail"] = .string(detail)
      case .unanswered(let reason):
        object["status"] = "unanswered"
        object["detail"] = .string(reason)
      }
      if let id = publication.caseID {
        object["case"] = .string(id)
        object["outcome"] = states[id].map { .string($0.outcome) }
        object["route"] = states[id].map { .string($0.route) }
      }
      return .object(object)
    }
    return [
      "accepted": .integer(Int64(accepted)), "repeated": .integer(Int64(repeated)), "rejected": .integer(Int64(rejected)),
      "unanswered": .integer(Int64(unanswered)), "items": .array(items),
    ]
  }
}
