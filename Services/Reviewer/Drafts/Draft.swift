import JSON
import Wire

/// What somebody has typed for a task and not sent yet: theirs alone.
struct Draft: Sendable, Equatable {
  /// Of the task when it was typed.
  let version: Int64
  /// The fields of the form by name.
  let values: [String: String]
  let saved: Instant

  static let mostBytes = 64 << 10

  /// Whether a field of the page's form is somebody's own, and not what the form brings with it.
  static func isTyped(_ field: String) -> Bool { !["token", "version", "view", "key", "fence", "confirm", "own", "own_key"].contains(field) }

  var json: JSON {
    [
      "version": .integer(version), "saved_at": .string(saved.description),
      "values": .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
    ]
  }

  /// Reads `{version, values}`; values are texts.
  init(_ body: JSON, saved: Instant) throws(WireError) {
    let fields = try Fields(body)
    let version = try fields.integer("version")
    guard let members = try fields.value("values").object?.members, members.count <= 200 else {
      throw WireError("member values: an object of at most 200 texts was expected")
    }
    var values: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else { throw WireError("member values: \(member.key.prefix(40)) is not text") }
      values[member.key] = text
    }
    self.init(version: version, values: values, saved: saved)
  }

  init(version: Int64, values: [String: String], saved: Instant) {
    self.version = version
    self.values = values
    self.saved = saved
  }
}
