import Foundation
import Identity
import JSON
import JSONSchema
import Wire
import Yams

/// What the reviewer knows of a workflow: the form of its action, for edits and for the page.
struct Workflow: Sendable {
  let name: String
  /// Of the action; nil where the workflow declares none.
  let schema: Schema?
  /// The schema's own text, from which forms take titles and choices.
  let form: JSON
  /// How an action is built; the fixed parts of a form that starts empty come from it.
  let template: JSON?
  /// The calendars that the folder's ladder names, with their lines.
  var calendars: [(name: String, line: Int)] = []

  init(name: String, actionSchema: JSON?, template: JSON? = nil) throws {
    self.name = name
    form = actionSchema ?? .object(JSONObject())
    schema = try actionSchema.map { try Schema(compiling: $0, formats: .assert) }
    self.template = template
  }

  /// Reads a workflow's folder. - Throws: `SchemaError`, `JSONError`, or the error of reading a file.
  init(folder: URL) throws {
    func json(_ file: String) throws -> JSON? {
      let url = folder.appendingPathComponent(file)
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      return try JSON.parse([UInt8](Data(contentsOf: url)), limits: .stored)
    }
    try self.init(
      name: folder.standardizedFileURL.lastPathComponent, actionSchema: try json("action.schema.json"),
      template: try json("action.template.json"))
    let policy = try? String(contentsOf: folder.appendingPathComponent("policy.yaml"), encoding: .utf8)
    calendars = policy.map(Workflow.calendars) ?? []
  }

  /// What a policy's ladder says of calendars; the rest of the file is not this service's to read.
  static func calendars(in policy: String) -> [(name: String, line: Int)] {
    let rungs = (try? Yams.compose(yaml: policy))?.mapping?["ladder"]?.sequence
    return (rungs.map(Array.init) ?? []).compactMap { rung in
      rung.mapping?["calendar"]?.scalar.map { ($0.string, $0.mark?.line ?? 1) }
    }
  }

  /// Something that an edit may not do.
  struct Mistake: Sendable {
    let pointer: String
    let expected: String
    let found: String
    var text: String { "\(pointer.isEmpty ? "/" : pointer): expected \(expected), found \(found)" }
    var json: JSON { ["pointer": .string(pointer), "expected": .string(expected), "found": .string(found)] }
  }

  /// What is wrong with an edited action: against the schema, at another target, or with private values typed in the clear.
  func mistakes(in action: JSON, for file: JSON) -> [Mistake] {
    guard let schema else { return [Mistake(pointer: "", expected: "no action in this workflow", found: "one")] }
    let (violations, marks) = schema.validate(action, collecting: ["x-personal", "x-secret"])
    guard violations.isEmpty else {
      return violations.prefix(20).map { Mistake(pointer: $0.pointer, expected: $0.expected, found: $0.found) }
    }
    var mistakes: [Mistake] = []
    for member in fixed(for: file).object?.members ?? [] where action[member.key] != member.value {
      mistakes.append(Mistake(pointer: "/\(member.key)", expected: "what was proposed: only the body may be edited", found: "another one"))
    }
    // What people type is not tokenised here: a private value may stay as it is or go, and none may come.
    let known = texts(of: file)
    for mark in marks where mark.value.bool != false {
      guard let value = action.at(pointer: mark.pointer), !known.contains(value.text) else { continue }
      mistakes.append(Mistake(pointer: mark.pointer, expected: "one of the private values that the case holds already", found: "a value typed in the clear"))
    }
    return mistakes
  }

  /// All of an action but its body, as a case file fixes it; empty where neither proposal nor template says.
  func fixed(for file: JSON) -> JSON {
    let whole = file["action"].flatMap { $0.isNull ? nil : $0 } ?? template.map { filled($0, file["data"]) }
    return .object(JSONObject((whole?.object?.members ?? []).filter { $0.key != "body" }))
  }

  /// Replaces `{item.FIELD}` by the item's text.
  private func filled(_ template: JSON, _ data: JSON?) -> JSON {
    .object(
      JSONObject(
        (template.object?.members ?? []).map { member in
          guard case .string(var text) = member.value else { return member }
          for field in data?.object?.members ?? [] {
            if let value = field.value.string { text = text.replacing("{item.\(field.key)}", with: value) }
          }
          return (member.key, .string(text))
        }))
  }

  /// Canonical texts of all strings of the case file.
  private func texts(of file: JSON) -> Set<String> {
    var found: Set<String> = []
    func collect(_ json: JSON) {
      switch json {
      case .array(let elements): elements.forEach(collect)
      case .object(let object): object.members.forEach { collect($0.value) }
      default: found.insert(json.text)
      }
    }
    for name in ["action", "data", "current", "sources", "output"] { if let part = file[name] { collect(part) } }
    return found
  }
}
