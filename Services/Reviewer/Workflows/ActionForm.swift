import Identity
import JSON

/// A field of an action's body, as a form shows it.
struct ActionField: Sendable {
  enum Kind: Sendable, Equatable {
    case line(most: Int)
    case paragraph(most: Int)
    case integer
    case number
    case flag
    case choice([String])
    /// Held as a token, or of a form that has no input: shown and sent back as it is.
    case fixed
  }
  /// RFC 6901, into the action.
  let pointer: String
  let title: String
  let kind: Kind
  let isRequired: Bool
  /// What stands there now; nil where nothing does.
  let value: JSON?
}

extension Workflow {
  static let mostFields = 60

  /// The fields of an action's body, from its schema and from what is proposed.
  func fields(of action: JSON?) -> [ActionField] {
    var found: [ActionField] = []
    add(form["properties"]?["body"], action?["body"], "/body", "", isRequired: true, &found, depth: 0)
    return found
  }

  private func add(
    _ schema: JSON?, _ value: JSON?, _ pointer: String, _ title: String, isRequired: Bool, _ found: inout [ActionField], depth: Int
  ) {
    guard found.count < Self.mostFields, depth < 5 else { return }
    if let properties = schema?["properties"]?.object {
      let required = (schema?["required"]?.array ?? []).compactMap(\.string)
      // In the order of `required`, which is the order in which people think of them; then the others.
      let names = required.filter { properties[$0] != nil } + properties.keys.filter { !required.contains($0) }
      for name in names {
        let part = properties[name]
        let own = part?["title"]?.string ?? Plain.words(name)
        add(
          part, value?[name], "\(pointer)/\(JSON.escape(pointerToken: name))",
          title.isEmpty || part?["properties"] != nil ? own : "\(title), \(own.lowercased())",
          isRequired: isRequired && required.contains(name), &found, depth: depth + 1)
      }
      return
    }
    found.append(
      ActionField(
        pointer: pointer, title: title, kind: kind(schema, value), isRequired: isRequired,
        value: value.flatMap { $0.isNull ? nil : $0 }))
  }

  private func kind(_ schema: JSON?, _ value: JSON?) -> ActionField.Kind {
    if schema?["const"] != nil || schema?["x-personal"] != nil || schema?["x-secret"] != nil { return .fixed }
    if let choices = schema?["enum"]?.array?.compactMap(\.string), !choices.isEmpty { return .choice(choices) }
    let most = Int(clamping: schema?["maxLength"]?.integer ?? 4_000)
    let isLine = most <= 200 || schema?["pattern"] != nil || schema?["format"] != nil
    switch schema?["type"]?.string {
    case "string": return isLine ? .line(most: most) : .paragraph(most: most)
    case "integer": return .integer
    case "number": return .number
    case "boolean": return .flag
    default: return .fixed
    }
  }

  /// The action that a form describes: what was proposed, or the template's fixed parts, with the form's values. Names of
  /// private values (`[email 1]`) become their tokens again.
  ///
  /// Values that do not fit their kind go in as text, so that the schema says what is wrong with them.
  func action(from form: Form, for file: JSON) -> JSON {
    let names = TokenNames(file)
    let proposed = file["action"].flatMap { $0.isNull ? nil : $0 }
    var action = proposed ?? fixed(for: file)
    for field in fields(of: proposed) where field.kind != .fixed {
      guard let text = form["field:\(field.pointer)"].map(names.tokens) else { continue }
      let value: JSON?
      switch field.kind {
      case .integer: value = text.isEmpty ? nil : Int64(text).map { .integer($0) } ?? .string(text)
      case .number: value = text.isEmpty ? nil : Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text)
      case .flag: value = .bool(text == "yes")
      case .line, .paragraph, .choice, .fixed: value = text.isEmpty && !field.isRequired ? nil : .string(text)
      }
      action = action.replacing(JSON.tokens(ofPointer: field.pointer) ?? [], with: value)
    }
    return action
  }
}

extension JSON {
  /// The same with another value at a place; objects on the way there are made where they are missing.
  func replacing(_ path: [String], with value: JSON?) -> JSON {
    guard let first = path.first else { return value ?? .null }
    var object = self.object ?? JSONObject()
    if path.count == 1 {
      object[first] = value
    } else if value != nil || object[first] != nil {
      object[first] = (object[first] ?? .object(JSONObject())).replacing(Array(path.dropFirst()), with: value)
    }
    return .object(object)
  }
}
