import JSON
import JSONSchema
import Lanes
import Storage
import Vault
import Wire

/// By which way something came in.
enum Way: Sendable {
  case topic(String)
  /// By HTTP, with the bearer token of this source.
  case http(source: String)
  /// Made here of an ended case, for somebody of the house.
  case again
}

/// Says of what came through the door whether it is well-formed, from whom, and what in it is private.
struct Door: Sendable {
  let workflows: [String: Workflow]
  let sources: SourceRegistry
  let tokeniser: Tokeniser
  let sealer: Sealer
  let hashes: ItemHashes

  /// Private values of one item at most.
  static let mostPrivate = 2_000
  /// Bytes of what goes on behind the door at most; a record may have 900,000.
  static let largest = 600_000
  static let oldestDays = 7.0
  static let newestHours = 1.0

  /// - Parameter record: where it lies, `TOPIC/PARTITION/OFFSET`, or `http/…`.
  func judge(_ envelope: Envelope, record: String, _ way: Way, _ context: inout Reading) -> IntakeEvent {
    do throws(Rejection) {
      let (source, workflow) = try check(envelope, way, now: context.now)
      switch envelope.kind {
      case .submitted: return .admit(try admission(envelope, source, workflow, record: record, &context))
      case .withdrawn:
        return .withdraw(
          Withdrawal(
            source: source.name, item: envelope.item, reason: try reason(envelope.data), record: record,
            claimKey: hashes.claimKey(source: source.name, item: envelope.item)))
      case .answered: return .answer(try RequesterAnswer(envelope, source: source.name, record: record, hashes))
      case .defect:
        let claimKey = hashes.claimKey(source: source.name, item: envelope.item)
        return .defect(
          try DefectReport(envelope.data, about: .item(envelope.item, claimKey: claimKey), source: source.name, record: record))
      }
    } catch {
      var rejection = error
      // Nobody may have words put into another source's mouth: the reply then names the record alone.
      if error.code != .sourceForbidden { (rejection.source, rejection.item) = (envelope.source, envelope.item) }
      return .refuse(rejection, record: record)
    }
  }

  private func check(_ envelope: Envelope, _ way: Way, now: Instant) throws(Rejection) -> (Source, Workflow) {
    guard let workflow = workflows[envelope.workflow] else {
      throw Rejection(
        .workflowUnknown, at: "/workflow", expected: "a workflow of this installation", found: "another name")
    }
    if case .http(let owner) = way, owner != envelope.source {
      throw Rejection(
        .sourceForbidden, at: "/source", expected: "the source of the bearer token", found: "another source")
    }
    // Or a source could take the place of what the house has decided again, or withdraw it.
    if envelope.item.hasPrefix("\(Reopens.Kind.reopen.rawValue)/") {
      guard case .again = way else {
        throw Rejection(.schemaViolation, at: "/id", expected: "an id that does not begin with reopen/", found: "one that only this service gives")
      }
    }
    guard let source = sources.source(named: envelope.source) else {
      throw Rejection(.sourceUnknown, at: "/source", expected: "a registered source", found: "another name")
    }
    guard source.allows(workflow.name) else {
      throw Rejection(
        .sourceUnknown, at: "/source", expected: "a source registered for this workflow",
        found: "one of other workflows")
    }
    if case .topic(let topic) = way {
      guard topic == source.door ?? topic, topic == "intake" || topic == "intake.\(source.name)" || topic == source.door
      else {
        throw Rejection(.sourceUnknown, at: "/source", expected: "the source of this topic", found: "another source")
      }
    }
    if let text = envelope.time {
      guard let time = Instant(rfc3339: text) else {
        throw Rejection(
          .schemaViolation, at: "/time", keyword: "format", expected: "an RFC 3339 date-time", found: "another text")
      }
      guard time >= now.adding(seconds: -Door.oldestDays * 86_400), time <= now.adding(seconds: Door.newestHours * 3600)
      else {
        throw Rejection(
          .timeOutOfRange, at: "/time", expected: "at most 7 days ago and 1 hour ahead",
          found: time < now ? "earlier" : "later")
      }
    }
    return (source, workflow)
  }

  private func reason(_ data: JSON?) throws(Rejection) -> String {
    guard let data, !data.isNull else { return "" }
    guard let object = data.object, object.keys.allSatisfy({ $0 == "reason" }) else {
      throw Rejection(.schemaViolation, at: "/data", expected: "an object with reason alone", found: "something else")
    }
    guard let value = object["reason"] else { return "" }
    guard let text = value.string, text.utf8.count <= 400 else {
      throw Rejection(
        .schemaViolation, at: "/data/reason", keyword: "maxLength", expected: "a text of at most 400 bytes",
        found: "something else")
    }
    return text
  }
}

/// A valid item on its way to become a case.
struct Admission: Sendable {
  let caseID: String
  let body: CaseAdmitted
  let claim: KeyEntry
  let record: String
}

/// A producer takes an item back.
struct Withdrawal: Sendable {
  let source: String
  let item: String
  let reason: String
  let record: String
  let claimKey: [UInt8]
}
