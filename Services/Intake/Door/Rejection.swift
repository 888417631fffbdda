import JSON
import JSONSchema
import Wire

/// Why something at the door leads to no case. What it says never holds any of the payload.
struct Rejection: Error, Sendable, Equatable {
  /// The closed set of `IntakeReply.code`.
  enum Code: String, Sendable, CaseIterable {
    case notJSON = "not_json"
    case invalidUTF8 = "invalid_utf8"
    case tooDeep = "too_deep"
    case tooLarge = "too_large"
    case duplicateKey = "duplicate_key"
    case numberOutOfRange = "number_out_of_range"
    case empty, tombstone
    case headerMissing = "header.missing"
    case typeUnknown = "type.unknown"
    /// A type of a later version of this product.
    case typeUnsupported = "type.unsupported"
    case workflowUnknown = "workflow.unknown"
    /// Not registered, or not for this workflow, or not by this door.
    case sourceUnknown = "source.unknown"
    /// By HTTP: the bearer token is another source's.
    case sourceForbidden = "source.forbidden"
    case schemaViolation = "schema.violation"
    case timeOutOfRange = "time.out_of_range"
    case idReused = "id.reused"
    /// A withdrawal of what did not come.
    case withdrawnUnknown = "withdrawn.unknown"
    /// An answer about what did not come.
    case answerUnknown = "answer.unknown"
    /// A defect of what did not come.
    case defectUnknown = "defect.unknown"
    /// Of an executor's answer.
    case caseUnknown = "case.unknown"
    case digestMismatch = "digest.mismatch"
  }

  let code: Code
  let violations: [IntakeReply.Violation]
  /// As far as they were read.
  var source: String?
  var item: String?

  init(_ code: Code, _ violations: [IntakeReply.Violation] = []) {
    self.code = code
    self.violations = violations
  }

  init(_ code: Code, at pointer: String = "", keyword: String? = nil, expected: String, found: String) {
    self.init(code, [.init(pointer: pointer, keyword: keyword, expected: expected, found: found)])
  }

  init(_ error: JSONError, under pointer: String = "") {
    let code: Code =
      switch error.code {
      case .notJSON: .notJSON
      case .invalidUTF8: .invalidUTF8
      case .tooDeep: .tooDeep
      case .tooLarge: .tooLarge
      case .duplicateKey: .duplicateKey
      case .numberOutOfRange: .numberOutOfRange
      }
    self.init(code, at: pointer + (error.pointer ?? ""), expected: error.expected, found: error.found)
  }

  /// The reply, and the key under which it is said: `SOURCE/ID` where both are known, else the record's place.
  func reply(record: String) -> (IntakeReply, key: String) {
    let reply = IntakeReply(
      status: .rejected, code: code.rawValue, source: source, item: item, record: record, violations: violations)
    return (reply, source.flatMap { source in item.map { place(of: $0, from: source) } } ?? record)
  }
}

extension IntakeReply.Violation {
  init(_ violation: Violation, under pointer: String) {
    self.init(
      pointer: pointer + violation.pointer, keyword: violation.keyword, expected: violation.expected,
      found: violation.found)
  }
}

/// The key of what concerns an item before it has a case, and of replies about it.
func place(of item: String, from source: String) -> String { "\(source)/\(item)" }
