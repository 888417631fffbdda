import JSON

/// One labelled example: what came in, what was proposed, and whether people held that right.
///
/// `{"data", "sources"?, "proposal", "contains"?, "correct", "group"?}`. `proposal` names only the members of the
/// output that decide. `contains` names members that must hold a text. Examples of one `group` are never on both sides
/// of a split.
struct Example: Sendable {
  var data: JSON
  var sources: [JSON]
  var proposal: JSON
  var contains: JSON
  var correct: Bool
  var group: String
  /// Where it stands in the file, from 1.
  var line: Int

  init(_ json: JSON, line: Int) throws(EmbeddedModelError) {
    guard let data = json["data"], data.object != nil, let proposal = json["proposal"], proposal.object != nil else {
      throw .malformedExample(line: line, expected: "an object with the objects data and proposal")
    }
    guard let correct = json["correct"]?.bool else {
      throw .malformedExample(line: line, expected: "correct, true or false")
    }
    self.data = data
    self.proposal = proposal
    self.correct = correct
    self.line = line
    sources = json["sources"]?.array ?? []
    contains = json["contains"] ?? .object(JSONObject())
    group = json["group"]?.string ?? "\(line)"
  }

  var request: ModelRequest { ModelRequest(workflow: "", data: data, sources: sources) }

  /// Whether an output is right; nil where this example cannot tell (a rejected proposal, and another output).
  func judges(_ output: JSON) -> Bool? {
    let same = Self.agrees(output, with: proposal) && Self.holds(output, contains)
    return correct ? same : same ? false : nil
  }

  /// Every member named in `expected` is there and agrees; an array agrees if it begins as `expected` does.
  private static func agrees(_ actual: JSON?, with expected: JSON) -> Bool {
    switch (actual, expected) {
    case (let actual?, .object(let members)):
      return members.members.allSatisfy { agrees(actual[$0.key], with: $0.value) }
    case (.array(let actual), .array(let expected)):
      return actual.count >= expected.count && zip(actual, expected).allSatisfy { agrees($0, with: $1) }
    default: return actual == expected
    }
  }

  private static func holds(_ output: JSON, _ texts: JSON) -> Bool {
    texts.object?.members.allSatisfy { member in
      guard let text = output[member.key]?.string, let wanted = member.value.string else { return false }
      return Array(text.utf8).contains(Array(wanted.utf8))
    } ?? true
  }
}

/// Why a model could not be made of what its folder holds.
public enum EmbeddedModelError: Error, Sendable, Equatable, CustomStringConvertible {
  case malformedExample(line: Int, expected: String)
  case malformedApproved(line: Int, expected: String)
  case tooFewExamples(found: Int, needed: Int)
  case oneClassOnly

  public var description: String {
    switch self {
    case .malformedExample(let line, let expected): "labelled example \(line): expected \(expected)"
    case .malformedApproved(let line, let expected): "approved entry \(line): expected \(expected)"
    case .tooFewExamples(let found, let needed):
      "\(found) labelled examples with a known answer; at least \(needed) are needed"
    case .oneClassOnly: "all labelled examples have the same answer; at least two are needed to tell them apart"
    }
  }
}
