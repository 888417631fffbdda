import JSON
import Wire

/// The list of exceptions that was put in force last, as it was signed.
struct SignedExceptions: Sendable, Equatable {
  let version: Int64
  let list: JSON
  let signatures: [String]
  /// Who put it, and when.
  let by: String
  let at: Instant

  /// What signatures name.
  var hash: String { hex(sha256(list.canonical)) }
  var listed: ExceptionsListed { ExceptionsListed(version: version, at: at, by: by, list: list, signatures: signatures) }

  init(version: Int64, list: JSON, signatures: [String], by: String, at: Instant) {
    (self.version, self.list, self.signatures, self.by, self.at) = (version, list, signatures, by, at)
  }

  init(_ json: JSON) throws {
    let listed = try ExceptionsListed(Fields(json))
    self.init(version: listed.version, list: listed.list, signatures: listed.signatures, by: listed.by, at: listed.at)
  }

  var json: JSON {
    [
      "version": .integer(version), "list": list, "signatures": .array(signatures.map { .string($0) }), "by": .string(by),
      "at": .integer(at.microseconds),
    ]
  }
}

extension Switches {
  /// - Parameter signers: who have signed it.
  func putting(_ signed: SignedExceptions, signers: [String]) -> Switches {
    let count = signed.list["exceptions"]?.array?.count ?? 0
    let what = "\(signed.by) put list \(signed.version) of exceptions in force: \(count) of them, signed by \(signers.joined(separator: " and "))"
    return after(what, by: signed.by, at: signed.at) { $0.exceptions = signed }
  }

  /// Nothing changes; the ledger keeps that somebody tried. Nil where more waits to be told than anybody reads.
  func refusingExceptions(because reasons: String, by person: String, at now: Instant) -> Switches? {
    guard unsaid.count < 100 else { return nil }
    let what = "a list of exceptions that \(person) put was refused: \(reasons)"
    return after(String(String.UnicodeScalarView(what.unicodeScalars.prefix(500))), by: person, at: now) { _ in }
  }
}
