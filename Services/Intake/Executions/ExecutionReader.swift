import JSON
import Permits
import Wire

/// What an executor answered, verified.
struct Report: Sendable {
  let caseID: String
  let effect: String
  let permit: String
  let status: EffectReported.Status
  let reason: String
  let executor: String
  let before: JSON?
  let after: JSON?
  let beforeDigest: String?
  let afterDigest: String?
}

/// Reads `executions`: `{"answer": JWS, "before", "after"}`. The JWS is of type `countersign-execution+jwt`, its `kid`
/// the executor's name; it is over `eff`, `jti`, `case`, `status`, `reason` and the SHA-256 of the RFC 8785 forms of
/// before and after. A state may be left out, its digest then stands alone.
struct ExecutionReader: Sendable {
  let sources: SourceRegistry

  static let largest = 1 << 20

  func read(_ frame: Frame, now: Instant) throws(Rejection) -> Report {
    guard let bytes = frame.body else {
      throw Rejection(.tombstone, expected: "an answer", found: "a record without a value")
    }
    guard !bytes.isEmpty else { throw Rejection(.empty, expected: "an answer", found: "no bytes") }
    let body: JSON
    do { body = try JSON.parse(bytes, limits: JSONLimits(bytes: ExecutionReader.largest, depth: 64)) } catch {
      throw Rejection(error)
    }
    guard let token = body["answer"]?.string else {
      throw Rejection(.schemaViolation, at: "/answer", keyword: "required", expected: "a JWS", found: "none")
    }
    let (executor, claims) = try verify(token)
    let status = claims.optionalText("status").flatMap(EffectReported.Status.init)
    // A permit that is refused because its own signature is bad has no claims to name.
    let effect = claims.optionalText("eff")
    let permit = claims.optionalText("jti")
    guard let status, status == .refused || (effect != nil && permit != nil) else {
      throw Rejection(.schemaViolation, at: "/answer", expected: "the claims status, eff and jti", found: "others")
    }
    guard let caseID = claims.optionalText("case"), let made = CaseKey.madeAt(caseID), made <= now.adding(seconds: 3600)
    else {
      throw Rejection(.caseUnknown, at: "/answer", expected: "the id of a case", found: "another text")
    }
    let beforeDigest = claims.optionalText("before_digest")
    let afterDigest = claims.optionalText("after_digest")
    let before = body["before"].flatMap { $0.isNull ? nil : $0 }
    let after = body["after"].flatMap { $0.isNull ? nil : $0 }
    try check(before, beforeDigest, "/before")
    try check(after, afterDigest, "/after")
    return Report(
      caseID: caseID, effect: short(effect ?? ""), permit: short(permit ?? ""), status: status,
      reason: String((claims.optionalText("reason") ?? "").prefix(400)), executor: executor, before: before,
      after: after,
      beforeDigest: beforeDigest.map(short), afterDigest: afterDigest.map(short))
  }

  /// The executor's name and what it claims.
  private func verify(_ token: String) throws(Rejection) -> (String, Fields) {
    let head = token.utf8.prefix { $0 != UInt8(ascii: ".") }
    guard token.utf8.count <= 64 << 10, let header = bytes(base64url: head),
      let kid = (try? JSON.parse(header))?["kid"]?.string,
      let keys = sources.keys(ofExecutor: kid)
    else {
      throw Rejection(
        .sourceUnknown, at: "/answer", expected: "the signature of a registered executor", found: "another")
    }
    do { return (kid, try keys.verify(token, type: ExecutorAnswer.type)) } catch {
      throw Rejection(
        .sourceUnknown, at: "/answer", expected: "the signature of a registered executor", found: error.code)
    }
  }

  private func check(_ state: JSON?, _ digest: String?, _ pointer: String) throws(Rejection) {
    guard let state else { return }
    guard let digest, digest.utf8.elementsEqual(hex(sha256(state.canonical)).utf8) else {
      throw Rejection(.digestMismatch, at: pointer, expected: "the state whose digest is signed", found: "another")
    }
  }

  private func short(_ text: String) -> String { String(text.prefix(200)) }
}
