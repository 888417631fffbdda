import CEL
import Domain
import JSON

extension Trial {
  func admit() {
    matches += logic.prohibited.matches([("item", facts.item)], in: .item, held: facts.held)
    for finding in facts.findings where finding.code == .contextMalformed { add(finding) }
  }

  private func add(_ finding: Finding) {
    let detail = finding.detail.isEmpty ? finding.code.title : visible(finding.detail)
    add(
      "finding.\(finding.code.rawValue)", finding.code, max(.review, finding.atLeast, route(of: finding.code)),
      finding.field.isEmpty ? detail : "\(visible(finding.field)): \(detail)", evidence: finding.field)
  }

  private func route(of code: ReasonCode) -> Route { logic.context[code] ?? .review }

  /// What is not there cannot be seen to be stale: its absence is never treated milder than its age would have been.
  private func routeHidingAge(of code: ReasonCode) -> Route { max(route(of: code), route(of: .contextStale)) }

  func judgeContext() {
    for finding in facts.findings where finding.code != .contextMalformed { add(finding) }
    for typed in logic.sources { judge(typed.source) }
    var documents: [(name: String, json: JSON)] = []
    if let proposal = facts.proposal { documents.append(("proposal", proposal)) }
    if let action = facts.action { documents.append(("action", action)) }
    if !documents.isEmpty { matches += logic.prohibited.matches(documents, in: .proposal, held: facts.held) }
  }

  private func judge(_ source: Source) {
    let place = "sources.\(source.name)"
    guard let found = facts.sources.first(where: { $0.name == source.name }) else {
      if source.required {
        add(
          place, .contextMissingSource, routeHidingAge(of: .contextMissingSource),
          "required source \(source.name) was not retrieved", evidence: place,
          ground: .said("\(place) would have had to be retrieved"))
      }
      return
    }
    guard found.answered else {
      add(
        place, .contextProbeFailed, routeHidingAge(of: .contextProbeFailed),
        "source \(source.name) did not answer within \(source.timeoutMilliseconds) ms", evidence: place,
        ground: .said("\(place) would have had to answer within \(source.timeoutMilliseconds) ms"))
      return
    }
    if !found.found, source.required {
      add(
        place, .contextMissingSource, routeHidingAge(of: .contextMissingSource),
        "required source \(source.name) holds nothing for this case", evidence: place,
        ground: .said("\(place) would have had to hold a record"))
    }
    if found.found, found.age > source.shelfLifeSeconds || found.age < 0 {
      add(
        place, .contextStale, route(of: .contextStale),
        "source \(source.name) is \(found.age) s old, its shelf life is \(source.shelfLifeSeconds) s", evidence: place,
        ground: .said("the age \(found.age) s would have had to be at most \(source.shelfLifeSeconds) s"))
    }
  }

  func computeValues() {
    var map: [CELMap.Entry] = []
    scope.value = .map(CELMap(map))
    for (name, expression) in logic.values {
      switch expression.value(in: scope) {
      case .success(let value):
        map.set(name, value)
        scope.value = .map(CELMap(map))
      case .failure(let error): valueFaults[name] = reason(error.message)
      }
    }
  }
}
