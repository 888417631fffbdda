import CEL
import Domain
import JSON
import Yams

/// The small sections, and what must hold between sections.
extension BundleLoader {
  func readSchemas(_ root: Section) -> Bundle.Schemas {
    guard let section = root.section("schemas", required: "write {item: item.schema.json}") else {
      return Bundle.Schemas(item: "", output: nil, action: nil)
    }
    defer { section.finish() }
    func file(_ key: String, required: String? = nil) -> String? {
      guard let name = section.text(key, required: required, longest: 100) else { return nil }
      guard schemas[name.text] == nil else { return name.text }
      mistakes.add(
        name, "a schema file of this workflow expected, \(name.text) is not there",
        nearest(name.text, among: schemas.keys.sorted()).map { "did you mean \($0)?" } ?? "add the file to the folder")
      return name.text
    }
    let item = file("item", required: "name the item's schema")
    return Bundle.Schemas(item: item ?? "", output: file("output"), action: file("action"))
  }

  /// Numbers by name: whole ones are CEL ints, others doubles.
  func readThresholds(_ root: Section, _ expressions: ExpressionReader) -> (values: CELValue, types: [String: CELType]) {
    var map: [CELMap.Entry] = [], types: [String: CELType] = [:]
    guard let section = root.section("thresholds") else { return (.map(CELMap(map)), types) }
    for key in section.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      checkName(key, section)
      guard let text = section.text(key, longest: 40) else { continue }
      expressions.declare("threshold.\(key)", at: text)
      if let whole = Int64(text.text) {
        map.set(key, .int(whole))
        types[key] = .int
      } else if let number = PolicyText.decimal(text.text) {
        map.set(key, .double(number))
        types[key] = .double
      } else {
        mistakes.add(text, "a number expected", "write one such as 0.02 or 50000")
      }
    }
    section.finish()
    return (.map(CELMap(map)), types)
  }

  /// Named values in the order of the file; each may use those above it.
  func readValues(_ root: Section, _ base: [String: CELType], _ expressions: ExpressionReader) -> [(
    name: String, expression: Expression
  )] {
    guard let section = root.section("values") else { return [] }
    var values: [(name: String, expression: Expression)] = []
    for key in section.keys {
      checkName(key, section)
      var base = base
      base["value"] = valueTypes(values)
      let text = section.text(key, longest: 1_000)
      if let text { expressions.declare("value.\(key)", at: text) }
      if let expression = expressions.compile(text, base, expecting: nil) {
        values.append((key, expression))
      }
    }
    section.finish()
    return values
  }

  func valueTypes(_ values: [(name: String, expression: Expression)]) -> CELType {
    .object(Dictionary(values.map { ($0.name, $0.expression.type) }) { first, _ in first })
  }

  private func checkName(_ key: String, _ section: Section) {
    if !isName(key) {
      mistakes.add(section.line, section.pathed(key), "a name of letters, digits and _ expected", "rename it")
    }
  }

  /// The routes of what other services find; what is not named goes to review.
  func readContext(_ root: Section) -> [ReasonCode: Route] {
    guard let section = root.section("context") else { return [:] }
    var routes: [ReasonCode: Route] = [:]
    for key in section.keys {
      let route = section.choice(key, Route.self, required: true, among: [.review, .sme, .block])
      if let code = ReasonCode(rawValue: "context.\(key)") ?? ReasonCode(rawValue: key) {
        routes[code] = route
      } else {
        let names = ReasonCode.allCases.map(\.rawValue).map { $0.hasPrefix("context.") ? String($0.dropFirst(8)) : $0 }
        mistakes.add(
          section.line, section.pathed(key), "a reason code expected",
          nearest(key, among: names).map { "did you mean \($0)?" } ?? "use one of the catalogue")
      }
    }
    section.finish()
    return routes
  }

  func check(_ executor: LocatedText?, _ names: Bundle.Schemas, _ root: Section) {
    if names.action != nil, executor == nil {
      root.missing("executor", "name who performs the action; permits are made out to it")
    }
    if let executor, names.action == nil {
      mistakes.add(executor, "no executor expected without an action schema", "remove it")
    }
  }

  func check(_ ladder: [Rung], _ objectives: Objectives?, _ root: Section) {
    guard let objectives, ladder.count > 1 else { return }
    if ladder[1].afterMinutes * 60 > objectives.latencySeconds {
      mistakes.add(
        root.line, "ladder",
        "a second rung within the latency budget of \(objectives.latencySeconds / 60) minutes expected",
        "hand over sooner, or give more time under slo")
    }
  }

  func check(uniqueIDs rules: [Rule], _ prohibited: Prohibited, _ root: Section) {
    for rule in rules where prohibited.entries.contains(where: { $0.id == rule.id }) {
      mistakes.add(root.line, "rules", "\(rule.id) is the id of a rule and of a prohibition", "rename one")
    }
  }

  /// A group counts as used wherever the file names it, in whatever setting.
  func remarkUnusedGroups(_ root: Section, _ document: JSON) {
    var named = Set<String>()
    func gather(_ json: JSON) {
      switch json {
      case .string(let text): named.insert(text)
      case .array(let elements): elements.forEach(gather)
      case .object(let object): for member in object.members { gather(member.value) }
      default: break
      }
    }
    for member in document.object?.members ?? [] where member.key != "groups" { gather(member.value) }
    guard case .sequence(let groups) = root.node("groups")?.node else { return }
    for case .scalar(let group) in groups where !named.contains(group.string) {
      mistakes.remark(
        LocatedText(text: group.string, line: group.mark?.line ?? root.line, key: "groups"),
        "a group that something names expected, nothing names \(group.string)", "remove it")
    }
  }
}
