import JSON
import Wire

/// Reads the attributes of an envelope that is a JSON object, and notes all that is wrong with them.
struct MemberReader {
  private let object: JSONObject
  private var violations: [IntakeReply.Violation] = []

  init(_ object: JSONObject) { self.object = object }

  /// The members of plain JSON. A CloudEvent may have any others (its extensions).
  private static let plain: Set<String> = ["workflow", "source", "id", "time", "type", "data"]

  consuming func envelope(payload: ArraySlice<UInt8>) throws(Rejection) -> Envelope {
    let isEvent = object["specversion"] != nil
    if isEvent, object["specversion"] != "1.0" { note("/specversion", "const", "\"1.0\"", "another version") }
    if isEvent, object["data_base64"] != nil { note("/data_base64", "false", "data as JSON", "data in base64") }
    if isEvent, let type = object["datacontenttype"], !(type.string ?? "").contains("json") {
      note("/datacontenttype", "const", "application/json", "another type")
    }
    if !isEvent {
      for key in object.keys where !MemberReader.plain.contains(key) {
        note(
          "/" + JSON.escape(pointerToken: String(key.prefix(60))), "additionalProperties", "nothing here", "a member")
      }
    }
    let source = text("source", Envelope.longestSource, required: true)
    let item = text("id", Envelope.longestItem, required: true)
    let workflow = text("workflow", 100, required: true)
    let type = text("type", 100, required: isEvent) ?? Envelope.Kind.submitted.rawValue
    let time = text("time", 64, required: false)
    let data = object["data"]
    if data == nil, type != Envelope.Kind.withdrawn.rawValue { note("", "required", "a member data", "none") }
    do throws(Rejection) {
      guard violations.isEmpty, let source, let item, let workflow else {
        throw Rejection(.schemaViolation, violations)
      }
      return try Envelope(
        type: type, workflow: workflow, source: source, item: item, time: time, data: data, payload: payload)
    } catch {
      var rejection = error
      (rejection.source, rejection.item) = (source, item)
      throw rejection
    }
  }

  private mutating func text(_ name: String, _ limit: Int, required: Bool) -> String? {
    guard let value = object[name] else {
      if required { note("", "required", "a member \(name)", "none") }
      return nil
    }
    guard let text = value.string else {
      note("/\(name)", "type", "a text", "another JSON value")
      return nil
    }
    guard let plain = plainText(text, atMost: limit) else {
      note("/\(name)", "maxLength", "1 to \(limit) bytes without control characters", "\(text.utf8.count) bytes")
      return nil
    }
    return plain
  }

  private mutating func note(_ pointer: String, _ keyword: String, _ expected: String, _ found: String) {
    guard violations.count < 100 else { return }
    violations.append(.init(pointer: pointer, keyword: keyword, expected: expected, found: found))
  }
}
