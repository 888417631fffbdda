import JSON
import Wire

/// What turned out to be wrong after a case had ended: `{"kind", "words"?, "by"?}`.
struct DefectReport: Sendable {
  let source: String
  /// Which case it is about: by the source's own item, or by the case itself.
  enum About: Sendable {
    case item(String, claimKey: [UInt8])
    case ofCase(String)
  }
  let about: About
  let kind: CaseDefect.Kind
  let words: String?
  /// Who says so, as the source claims.
  let by: String?
  let record: String

  init(_ data: JSON?, about: About, source: String, record: String) throws(Rejection) {
    guard let object = data?.object, object.keys.allSatisfy({ ["kind", "words", "by"].contains($0) }) else {
      throw Rejection(.schemaViolation, at: "/data", expected: "an object with kind and perhaps words and by", found: "something else")
    }
    guard let kind = object["kind"]?.string.flatMap(CaseDefect.Kind.init) else {
      throw Rejection(
        .schemaViolation, at: "/data/kind", keyword: "enum", expected: CaseDefect.Kind.allCases.map(\.rawValue).joined(separator: ", "),
        found: "another text")
    }
    if let words = object["words"] {
      guard let text = words.string, !text.isEmpty, text.unicodeScalars.count <= RequesterAnswer.mostWords,
        !text.unicodeScalars.contains(where: { $0.value == 0 })
      else {
        throw Rejection(
          .schemaViolation, at: "/data/words", keyword: "maxLength", expected: "a text of 1 to \(RequesterAnswer.mostWords) characters",
          found: "something else")
      }
    }
    if let by = object["by"], by.string.flatMap({ plainText($0, atMost: 120) }) == nil {
      throw Rejection(.schemaViolation, at: "/data/by", expected: "a name of at most 120 bytes", found: "something else")
    }
    self.source = source
    self.about = about
    self.kind = kind
    words = object["words"]?.string
    by = object["by"]?.string
    self.record = record
  }

  /// The key of the lane's state that it is handled under.
  var key: String {
    switch about {
    case .item(let item, _): place(of: item, from: source)
    case .ofCase(let caseID): caseID
    }
  }

  var item: String? { if case .item(let item, _) = about { item } else { nil } }
}
