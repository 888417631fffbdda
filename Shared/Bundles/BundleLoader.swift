import CEL
import Crypto
import Domain
import JSON
import Yams

extension Bundle {
  /// Reads and checks a policy file.
  ///
  /// - Parameters:
  ///   - yaml: the text of `policy.yaml`.
  ///   - file: its name, for messages.
  ///   - schemas: the workflow's JSON Schemas by file name.
  /// - Throws: every mistake at once, in the order of the lines.
  public static func load(yaml: String, file: String, schemas: [String: JSON]) throws(BundleErrors) -> Bundle {
    let mistakes = Mistakes(file: file)
    if let root = PolicyText.tree(yaml, mistakes), let document = PolicyText.json(root) {
      if let section = Section(root, path: "", mistakes),
        let bundle = BundleLoader(mistakes, schemas).read(section, document), mistakes.found.isEmpty
      {
        return bundle
      }
    } else if mistakes.found.isEmpty {
      mistakes.add(1, "", "plain keys and at most \(PolicyText.mostLevels) levels expected", "flatten the file")
    }
    if mistakes.found.isEmpty { mistakes.add(1, "", "a complete policy expected", "compare with another workflow's") }
    throw BundleErrors(mistakes: mistakes.inOrder, remarks: mistakes.remarksInOrder)
  }
}

/// Reads the sections of one file, each by its own reader, and goes on after a mistake so that all are found.
struct BundleLoader {
  let mistakes: Mistakes
  let schemas: [String: JSON]

  init(_ mistakes: Mistakes, _ schemas: [String: JSON]) {
    self.mistakes = mistakes
    self.schemas = schemas
  }

  func read(_ root: Section, _ document: JSON) -> Bundle? {
    defer { root.finish() }
    let workflow = root.text("workflow", required: "write the folder's name", longest: 60)
    // Of an unknown one nothing is told that only a stricter one forbids; the file does not load in any case.
    let template = root.choice("template", Template.self, required: true) ?? .sampled
    let owner = root.text("owner", required: "name the accountable person", longest: 80)
    let names = readSchemas(root)
    let expressions = ExpressionReader(mistakes)
    let sentences = SentenceReader(expressions)

    let itemType = type(names.item)
    let sources = SourceReader(
      mistakes: mistakes, item: schemas[names.item] ?? .null, itemType: itemType, schemas: schemas
    ).read(root)
    let (threshold, thresholdTypes) = readThresholds(root, expressions)
    expressions.domains = Domains(
      schemas: [("item", names.item), ("proposal", names.output), ("action", names.action)].reduce(into: [:]) {
        if let schema = $1.1.flatMap({ schemas[$0] }) { $0[$1.0] = schema }
      }, thresholds: threshold)
    var base = vocabulary(names, itemType, sources)
    let readable = base.filter { Exception.variables.contains($0.key) }
    base["threshold"] = .object(thresholdTypes)
    let values = readValues(root, base, expressions)
    base["value"] = valueTypes(values)
    // What a conflict of interest may read is known whenever somebody decides.
    var known = base
    known["value"] = nil
    known["approver"] = Approver.type

    let impact = ImpactReader(
      expressions: expressions, sentences: sentences, base: base, hasAction: names.action != nil
    ).read(root)
    base["facts"] = Impact.factsType
    let blend = BlendReader(expressions: expressions, variables: base).read(root)
    let bands = BandsReader(expressions: expressions, sentences: sentences, template: template).read(root, blend)
    base["risk"] = .string
    base["confidence"] = .double
    base["parts"] = .object(Dictionary(uniqueKeysWithValues: PartName.allCases.map { ($0.rawValue, .double) }))
    let rules = RulesReader(
      expressions: expressions, sentences: sentences, variables: base, owner: owner?.text ?? "", thresholds: threshold
    ).read(root)
    let conflicts = ConflictsReader(expressions: expressions, sentences: sentences, variables: known).read(root)
    let context = readContext(root)
    let prohibited = ProhibitedReader(mistakes: mistakes).read(root)
    let sampling = readSampling(root, template)
    let standDown = readStandDown(root)

    base["route"] = .string
    base["codes"] = .list(.string)
    let people = PeopleReader(expressions: expressions, variables: base)
    let groups = people.groups(root)
    let approvals = people.approvals(root, groups)
    let queues = people.queues(root, groups)
    let ladder = people.ladder(root, groups)
    let supervisor = people.supervisor(root, groups)
    let breakGlass = people.breakGlass(root, groups, isExpert: template == .expert)
    let undo = root.whole("undo_seconds", in: 0...120, default: 30)
    let deadline = root.duration("deadline", in: 60...7_776_000, default: 604_800)
    let executor = root.text("executor", longest: 80)
    let objectives = readObjectives(root)
    check(executor, names, root)
    check(ladder, objectives, root)
    expressions.remarkUnread()
    remarkUnusedGroups(root, document)

    guard let workflow, let owner, let blend, let bands, let impact, let objectives else { return nil }
    check(uniqueIDs: rules, prohibited, root)
    let current = sources.first(where: \.source.current)
    let canonical = canonicalForm(document, names, sources)
    return Bundle(
      workflow: workflow.text, template: template, owner: owner.text,
      hash: hex(SHA256.hash(data: canonical)), canonical: canonical, schemas: names, sources: sources.map(\.source),
      sampling: sampling, standDown: standDown, groups: groups, ladder: ladder, supervisor: supervisor, breakGlass: breakGlass, undoSeconds: undo, deadlineSeconds: deadline,
      executor: executor?.text, objectives: objectives, thresholds: numbers(threshold, blend),
      remarks: mistakes.remarksInOrder,
      logic: Logic(
        template: .string(template.rawValue), threshold: threshold, values: values, context: context,
        prohibited: prohibited, blend: blend, bands: bands, impact: impact, rules: rules,
        assignment: Assignment(approvals: approvals, queues: queues), conflicts: conflicts,
        shapes: shapes(expressions, base, sources, current), sources: sources,
        reads: Dictionary(rules.map { ($0.id, Reads(values: values).of($0)) }) { first, _ in first }, vocabulary: readable))
  }

  private func type(_ name: String?) -> CELType {
    guard let name, let schema = schemas[name] else { return .object([:]) }
    return SchemaTypes.type(of: schema)
  }

  private func vocabulary(_ names: Bundle.Schemas, _ item: CELType, _ sources: [TypedSource]) -> [String: CELType] {
    var base: [String: CELType] = [
      "item": item, "personal": .map(.string, .int), "requester": .object(["id": .string, "verified": .bool]),
      "template": .string,
    ]
    if names.output != nil { base["proposal"] = type(names.output) }
    if names.action != nil { base["action"] = type(names.action) }
    if let current = sources.first(where: \.source.current) { base["current"] = current.fields }
    var each: [String: CELType] = [:]
    for typed in sources {
      each[typed.source.name] = .object([
        "answered": .bool, "found": .bool, "age": .int, "score": .double, "fields": typed.fields,
      ])
    }
    base["sources"] = .object(each)
    return base
  }

  private func shapes(
    _ expressions: ExpressionReader, _ base: [String: CELType], _ sources: [TypedSource], _ current: TypedSource?
  ) -> Logic.Shapes {
    func shape(_ name: String) -> Shape? {
      let paths = expressions.paths(below: name)
      guard !paths.isEmpty, let type = base[name] else { return nil }
      return Shape(type, reads: paths)
    }
    let below = expressions.paths(below: "sources")
    var each: [String: Shape] = [:]
    for typed in sources {
      // A path that ends above the fields stands for all of them.
      let paths = below.filter { $0.isEmpty || $0.first.map(String.init) == typed.source.name }.compactMap {
        path -> [Substring]? in
        if path.count < 2 { return [] }
        return path[1] == "fields" ? Array(path.dropFirst(2)) : nil
      }
      if !paths.isEmpty { each[typed.source.name] = Shape(typed.fields, reads: paths) }
    }
    return Logic.Shapes(
      item: shape("item"), proposal: shape("proposal"), action: shape("action"),
      current: current == nil ? nil : shape("current"), sources: each, readsSources: !below.isEmpty,
      readsPersonal: !expressions.paths(below: "personal").isEmpty,
      readsRequester: !expressions.paths(below: "requester").isEmpty,
      readsParts: !expressions.paths(below: "parts").isEmpty, readsRoute: !expressions.paths(below: "route").isEmpty,
      readsCodes: !expressions.paths(below: "codes").isEmpty)
  }

  private func canonicalForm(_ document: JSON, _ names: Bundle.Schemas, _ sources: [TypedSource]) -> [UInt8] {
    let files =
      [names.item, names.output, names.action].compactMap { $0 } + sources.map(\.source.schema).filter { !$0.isEmpty }
    let digests = files.compactMap { file in
      schemas[file].map { (key: file, value: JSON.string(hex(SHA256.hash(data: $0.canonical)))) }
    }
    return JSON.object(JSONObject([("policy", document), ("schemas", .object(JSONObject(digests)))])).canonical
  }

  private func numbers(_ threshold: CELValue, _ blend: Blend) -> [(name: String, value: Double)] {
    var all: [(name: String, value: Double)] = blend.parts.map { ("\($0.name.rawValue).floor", $0.floor) }
    guard case .map(let map) = threshold else { return all }
    for entry in map.entries {
      guard case .string(let name) = entry.key else { continue }
      switch entry.value {
      case .int(let value): all.append((name, Double(value)))
      case .double(let value): all.append((name, value))
      default: break
      }
    }
    return all
  }
}

/// Lower-case hexadecimal.
private func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var out: [UInt8] = []
  for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
  return String(decoding: out, as: UTF8.self)
}
