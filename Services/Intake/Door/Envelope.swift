import JSON
import Wire

/// What a producer sent, out of whatever form it came in. Its attributes are well-formed; nothing else is checked yet.
struct Envelope: Sendable {
  enum Kind: String, Sendable {
    case submitted = "countersign.item.submitted.v1"
    case withdrawn = "countersign.item.withdrawn.v1"
    /// The answer to a reviewer's question.
    case answered = "countersign.item.answer.v1"
    /// What turned out to be wrong afterwards.
    case defect = "countersign.item.defect.v1"
  }
  /// Of ruling 6, for later: known, and answered as unsupported.
  static let later: Set<String> = ["countersign.item.amended.v1", "countersign.item.evidence.v1"]

  let kind: Kind
  let workflow: String
  let source: String
  let item: String
  /// RFC 3339, as given.
  let time: String?
  /// Nil only where a withdrawal has none.
  let data: JSON?
  /// The bytes of the payload, for its hash.
  let payload: ArraySlice<UInt8>
  /// An agent's own proposal (gate API); none of its members need be there.
  var gate: GateProposal?

  static let longestSource = 120
  static let longestItem = 200
}

/// What an agent proposes itself.
struct GateProposal: Sendable {
  let output: JSON?
  let action: JSON?

  var json: JSON? {
    guard output != nil || action != nil else { return nil }
    var object = JSONObject()
    object["output"] = output
    object["action"] = action
    return .object(object)
  }
}

/// Reads one attribute's text, the same for headers and members.
///
/// - Returns: nil where it is longer than `limit` bytes, empty, or holds control characters.
func plainText(_ text: String, atMost limit: Int) -> String? {
  guard !text.isEmpty, text.utf8.count <= limit, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
    return nil
  }
  return text
}

extension Envelope {
  /// Puts the parts together. - Throws: what is wrong, with source and id as far as they are known.
  init(
    type: String, workflow: String, source: String, item: String, time: String?, data: JSON?, payload: ArraySlice<UInt8>
  ) throws(Rejection) {
    guard let kind = Kind(rawValue: type) else {
      let isLater = Envelope.later.contains(type)
      var rejection = Rejection(
        isLater ? .typeUnsupported : .typeUnknown, at: "/type", keyword: "enum",
        expected: "\(Kind.submitted.rawValue), \(Kind.withdrawn.rawValue), \(Kind.answered.rawValue) or \(Kind.defect.rawValue)", found: "another type")
      (rejection.source, rejection.item) = (source, item)
      throw rejection
    }
    guard data != nil || kind == .withdrawn else {
      var rejection = Rejection(
        .schemaViolation, at: "", keyword: "required", expected: "a member data", found: "none")
      (rejection.source, rejection.item) = (source, item)
      throw rejection
    }
    self.kind = kind
    self.workflow = workflow
    self.source = source
    self.item = item
    self.time = time
    self.data = data
    self.payload = payload
  }

  /// What policy wants adjudicated, from its own sealed topic. - Throws: what is wrong.
  init(adjudication frame: Frame) throws(Rejection) {
    guard let fields = try? Fields(of: frame), let asked = try? AdjudicationAsked(fields) else {
      throw Rejection(.schemaViolation, at: "", expected: "item and data", found: "something else")
    }
    try self.init(
      type: Kind.submitted.rawValue, workflow: AdjudicationAsked.workflow, source: AdjudicationAsked.source, item: asked.item,
      time: nil, data: asked.data, payload: asked.data.canonical[...])
  }
}
