import Domain
import Identity
import JSON
import Wire

/// A case file as it came from the step, made ready for showing.
struct CaseView: Sendable {
  let key: String
  let json: JSON
  let file: JSON
  let names: TokenNames
  let workflow: Workflow?
  /// Nil where nothing is proposed.
  let action: JSON?

  init(_ key: String, _ json: JSON, _ workflow: Workflow?) {
    self.key = key
    self.json = json
    self.workflow = workflow
    file = json["file"] ?? .null
    // Those of the file come first, so that each has the name under which a form sends it back.
    names = TokenNames(.array([file, json["proposed"] ?? .null, json["differences"] ?? .null, json["looking"] ?? .null]))
    action = file["action"].flatMap { $0.isNull ? nil : $0 }
  }

  func text(_ name: String) -> String { json[name]?.string ?? "" }
  func fileText(_ name: String) -> String { file[name]?.string ?? "" }
  func plain(_ value: JSON) -> String { Plain.text(value, names) }

  var now: Instant { Instant(rfc3339: text("now")) ?? .distantPast }
  var isTrusted: Bool { file["trusted"]?.bool ?? true }
  /// In template C an expert decides; what the model says is advice.
  var isExpert: Bool { fileText("template") == Template.expert.rawValue }
  var needsTwoSteps: Bool {
    ["high", "critical"].contains(text("risk")) || workflow?.form["x-irreversible"]?.bool ?? false
  }

  /// What the action does, in words.
  var actionTitle: String {
    workflow?.form["title"]?.string ?? Plain.words(action?["type"]?.string ?? "Action")
  }

  /// The record that it is about, as people call it.
  var target: String {
    let path = (action?["target"] ?? workflow?.fixed(for: file)["target"])?.string ?? ""
    return names.named(String(path.split(whereSeparator: { $0 == "/" || $0 == "=" }).last ?? ""))
  }

  /// Names of the fields, as dotted paths, on which a reason rests.
  var evidence: Set<String> {
    Set((file["matches"]?.array ?? []).compactMap { $0["evidence"]?.string }.filter { !$0.isEmpty })
  }
}

/// A value at its place, for tables.
struct Leaf: Sendable {
  let path: [String]
  let value: JSON
  var dotted: String { path.joined(separator: ".") }
  var title: String { path.map(Plain.words).joined(separator: ", ") }

  /// The values below `json`, in order; amounts of money and short lists stay whole. At most `limit`.
  static func all(of json: JSON, limit: Int) -> [Leaf] {
    var found: [Leaf] = []
    collect(json, [], limit, &found)
    return found
  }

  /// Whether a value is a list of records of a few plain members each, which a table shows best.
  static func isList(_ json: JSON) -> Bool {
    guard let elements = json.array, elements.count <= 100 else { return false }
    return elements.allSatisfy { element in
      guard let object = element.object, (1...8).contains(object.count) else { return false }
      return object.members.allSatisfy { ($0.value.array == nil && $0.value.object == nil) || Plain.money($0.value) != nil }
    }
  }

  private static func collect(_ json: JSON, _ path: [String], _ limit: Int, _ found: inout [Leaf]) {
    guard found.count < limit else { return }
    switch json {
    case .object(let object) where !path.isEmpty && Plain.money(json) != nil || path.count >= 8 || object.isEmpty && !path.isEmpty:
      found.append(Leaf(path: path, value: json))
    case .object(let object):
      for member in object.members { collect(member.value, path + [member.key], limit, &found) }
    case .array(let elements) where Leaf.isList(json) && !elements.isEmpty: found.append(Leaf(path: path, value: json))
    case .array(let elements) where elements.contains { $0.object != nil || $0.array != nil } && path.count < 8:
      for (index, element) in elements.enumerated() { collect(element, path + [String(index + 1)], limit, &found) }
    default: found.append(Leaf(path: path, value: json))
    }
  }
}
