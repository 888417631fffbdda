import Bundles
import Domain
import Foundation
import JSON
import JSONSchema

/// Everything that is wrong with a workflow's folder, at once.
public struct FolderCheck {
  /// In the order of files and lines.
  public let mistakes: [BundleMistake]
  /// Nil where the policy does not load.
  public let bundle: Bundles.Bundle?
  /// By sample, in the order of their names; empty where there are none that can be read.
  public let expectations: [(sample: String, route: Route, codes: [ReasonCode])]
  public var name: String

  /// The least number of samples of a folder.
  public static let leastSamples = 3

  public init(_ url: URL) {
    let files = FolderFiles(url)
    name = files.name
    var schemas: [String: JSON] = [:]
    var compiled: [String: Schema] = [:]
    for file in files.names(suffix: ".schema.json") {
      guard let json = files.json(file, otherwise: "") else { continue }
      schemas[file] = json
      do { compiled[file] = try Schema(compiling: json, formats: .assert) } catch {
        // Without the schema's own name.
        let pointer = String(error.pointer.drop { $0 != "#" }.dropFirst())
        let line = FolderFiles.line(of: pointer, in: files.text(file, otherwise: "") ?? "")
        files.add(file, line: line, key: pointer.isEmpty ? error.pointer : pointer, "\(error.expected) expected", error.remedy)
      }
    }
    bundle = Self.policy(files, schemas)
    // One without output and action asks no model and acts on nothing: policy itself sends its items.
    if let bundle, bundle.schemas.output != nil || bundle.schemas.action != nil {
      let item = compiled[bundle.schemas.item]
      Self.template(files, bundle, schemas)
      if bundle.schemas.output != nil,
        files.text("prompt.md", otherwise: "write what a language model is asked to do")?.isEmpty == true
      {
        files.add("prompt.md", "a prompt expected, an empty file found", "write what a language model is asked to do")
      }
      let samples = Self.samples(files, bundle, item)
      expectations = Self.expectations(files, samples)
      Self.labelled(files, item)
    } else {
      expectations = []
    }
    mistakes = files.mistakes
  }

  private static func policy(_ files: FolderFiles, _ schemas: [String: JSON]) -> Bundles.Bundle? {
    guard let yaml = files.text("policy.yaml", otherwise: "start from `countersign workflow new`") else { return nil }
    do throws(BundleErrors) {
      let bundle = try Bundles.Bundle.load(yaml: yaml, file: "\(files.name)/policy.yaml", schemas: schemas)
      files.add(bundle.remarks)
      if bundle.workflow != files.name {
        files.add("policy.yaml", key: "workflow", value: bundle.workflow, "the folder's name \(files.name) expected", "rename one")
      }
      if let file = bundle.schemas.action, let named = schemas[file]?["x-executor"]?.string, named != bundle.executor {
        files.add(
          file, key: "/x-executor", value: named, "the executor of policy.yaml, \(bundle.executor ?? "none"), expected",
          "name the same in both")
      }
      return bundle
    } catch {
      files.add((error.mistakes + error.remarks).sorted { $0.line < $1.line })
      return nil
    }
  }

  /// Each name in braces must be a field that the schemas declare.
  private static func template(_ files: FolderFiles, _ bundle: Bundles.Bundle, _ schemas: [String: JSON]) {
    let file = "action.template.json"
    guard let action = bundle.schemas.action else {
      if files.has(file) { files.add(file, "no template expected without an action schema", "remove one") }
      return
    }
    guard let template = files.json(file, otherwise: "say how the action is made of item and output") else { return }
    let text = files.text(file, otherwise: "") ?? ""
    for key in (schemas[action]?["required"]?.array ?? []).compactMap(\.string) where template[key] == nil {
      files.add(file, key: "/\(key)", "the action schema requires \(key)", "add it")
    }
    for name in names(in: template) {
      let path = name.split(separator: ".")
      let schema: JSON? =
        switch path.first {
        case "item": schemas[bundle.schemas.item]
        case "output": bundle.schemas.output.flatMap { schemas[$0] }
        default: nil
        }
      let line = text.range(of: "{\(name)}").map { place in text[..<place.lowerBound].utf8.count { $0 == 0x0A } + 1 } ?? 1
      if path.first == "decision" { continue }
      guard path.count > 1, let schema else {
        files.add(file, line: line, value: name, "a name under item, output or decision expected", "write {item.field}")
        continue
      }
      if !declares(path.dropFirst(), schema) {
        files.add(file, line: line, value: name, "a field that the \(path[0]) schema declares expected", "declare it, or mend the name")
      }
    }
  }

  private static func names(in json: JSON) -> [String] {
    switch json {
    case .string(let text):
      text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
        part.firstIndex(of: "}").map { String(part[..<$0]) }
      }
    case .array(let elements): elements.flatMap(names)
    case .object(let object): object.members.flatMap { names(in: $0.value) }
    default: []
    }
  }

  private static func declares(_ path: ArraySlice<Substring>, _ schema: JSON) -> Bool {
    var place = schema
    for name in path {
      for _ in 0..<8 {
        guard let reference = place["$ref"]?.string, reference.hasPrefix("#/") else { break }
        place = reference.dropFirst(2).split(separator: "/").reduce(schema) { $0[String($1)] ?? .null }
      }
      guard let next = place["properties"]?[String(name)] else { return place["properties"] == nil }
      place = next
    }
    return true
  }

  private static func samples(_ files: FolderFiles, _ bundle: Bundles.Bundle, _ item: Schema?) -> [String] {
    var ids: [String] = []
    for name in files.names(in: "samples", suffix: ".json") {
      let file = "samples/\(name)"
      guard let sample = files.json(file, otherwise: "") else { continue }
      let text = files.text(file, otherwise: "") ?? ""
      let stem = String(name.dropLast(5))
      if sample["id"]?.string != stem {
        files.add(file, key: "/id", value: sample["id"]?.text ?? "", "the file's name \(stem) expected as id", "rename one")
      }
      if sample["workflow"]?.string != bundle.workflow {
        files.add(file, key: "/workflow", value: sample["workflow"]?.text ?? "", "\(bundle.workflow) expected", "write it")
      }
      if sample["source"]?.string == nil {
        files.add(file, key: "/source", "the name of a registered source expected", "write one of sources.yaml")
      }
      if let data = sample["data"] {
        for violation in item?.validate(data) ?? [] {
          files.add(
            file, line: FolderFiles.line(of: "/data" + violation.pointer, in: text), key: "/data\(violation.pointer)",
            value: violation.found, "\(violation.expected) expected", "mend the sample or \(bundle.schemas.item)")
        }
      } else {
        files.add(file, key: "/data", "an item's data expected", "write {\"data\": {…}}")
      }
      ids.append(stem)
    }
    if ids.count < leastSamples {
      files.add(
        "samples", "at least \(leastSamples) samples expected, \(ids.count) found", "add items as a producer sends them")
    }
    return ids
  }

  private static func expectations(_ files: FolderFiles, _ samples: [String]) -> [(
    sample: String, route: Route, codes: [ReasonCode]
  )] {
    let file = "expectations.json"
    guard let json = files.json(file, otherwise: "say for each sample its route, codes, decision and outcome") else {
      return []
    }
    let text = files.text(file, otherwise: "") ?? ""
    func add(_ pointer: String, _ value: JSON?, _ expected: String, _ remedy: String) {
      files.add(file, line: FolderFiles.line(of: pointer, in: text), key: pointer, value: value?.text ?? "", expected, remedy)
    }
    for sample in samples where json[sample] == nil {
      add("/\(sample)", nil, "what is expected of the sample \(sample)", "add it")
    }
    return (json.object?.members ?? []).sorted { $0.key < $1.key }.compactMap { id, row in
      if !samples.contains(id) { add("/\(id)", nil, "a sample of that name expected", "add samples/\(id).json, or remove it") }
      var codes: [ReasonCode] = []
      for code in row["codes"]?.array ?? [] {
        if let known = code.string.flatMap(ReasonCode.init(rawValue:)) { codes.append(known) } else {
          add("/\(id)/codes", code, "a reason code of the catalogue expected", "see deploy/docs/policy.md")
        }
      }
      if row["outcome"]?.string.flatMap(Outcome.init(rawValue:)) == nil {
        add("/\(id)/outcome", row["outcome"], "one of \(Outcome.allCases.map(\.rawValue).joined(separator: ", ")) expected", "write one")
      }
      if row["target"] == nil {
        add("/\(id)/target", nil, "whose record it is about, or null, expected", "write the action's target")
      }
      guard let route = row["route"]?.string.flatMap(Route.init(rawValue:)) else {
        add("/\(id)/route", row["route"], "one of auto, review, sme, block expected", "write one")
        return nil
      }
      if (route == .auto) != (row["decision"]?.isNull ?? true) {
        add(
          "/\(id)/decision", row["decision"],
          route == .auto ? "null expected on the automatic route" : "the scripted person's decision expected",
          "write {\"verb\": \"approve\"}, or null for auto")
      }
      return (id, route, codes)
    }
  }

  /// Whether the examples suffice is the model's to say; here they are items of this workflow.
  private static func labelled(_ files: FolderFiles, _ item: Schema?) {
    for (line, example) in files.lines("labelled.jsonl", otherwise: "add examples; they train and calibrate the embedded model") {
      guard let data = example["data"] else { continue }
      if let violation = item?.validate(data).first {
        files.add(
          "labelled.jsonl", line: line, key: "/data\(violation.pointer)", value: violation.found,
          "\(violation.expected) expected", "an example's data must be an item")
      }
    }
    if files.has("approved.jsonl") { _ = files.lines("approved.jsonl", otherwise: "") }
  }
}
