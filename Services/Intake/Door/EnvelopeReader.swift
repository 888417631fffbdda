import JSON
import Messaging
import Wire

/// Takes items out of their envelopes: CloudEvents 1.0 in binary and structured mode, and plain JSON
/// `{"workflow", "source", "id", "time"?, "type"? (submitted), "data"}`.
struct EnvelopeReader: Sendable {
  /// Bytes of an item at most.
  let limit: Int

  private var limits: JSONLimits { JSONLimits(bytes: limit, depth: 64) }

  func read(_ frame: Frame) throws(Rejection) -> Envelope {
    guard let body = frame.body else {
      throw Rejection(.tombstone, expected: "an item", found: "a record without a value")
    }
    if let type = frame.header("content-type"), type.starts(with: "application/cloudevents".utf8) {
      return try structured(body)
    }
    let isEvent =
      frame.header("ce_specversion") != nil || frame.header("ce_type") != nil || frame.header("ce_id") != nil
      || frame.header("ce_source") != nil
    return isEvent ? try binary(Attributes(frame), body) : try structured(body)
  }

  /// The envelope is JSON itself: a CloudEvent where it has `specversion`, else plain.
  func structured(_ body: ArraySlice<UInt8>) throws(Rejection) -> Envelope {
    let json = try parse(body, under: "")
    guard case .object(let object) = json else {
      throw Rejection(.schemaViolation, keyword: "type", expected: "an object", found: "another JSON value")
    }
    return try MemberReader(object).envelope(payload: body)
  }

  /// The attributes are headers, the body is the data.
  func binary(_ attributes: Attributes, _ body: ArraySlice<UInt8>) throws(Rejection) -> Envelope {
    let version = try attributes.text(attributes.version, "ce_specversion", atMost: 10)
    guard version.utf8.elementsEqual("1.0".utf8) else {
      throw Rejection(
        .headerMissing, keyword: "ce_specversion", expected: "ce_specversion 1.0", found: "another version")
    }
    let source = try attributes.text(attributes.source, "ce_source", atMost: Envelope.longestSource)
    let item = try attributes.text(attributes.id, "ce_id", atMost: Envelope.longestItem)
    do throws(Rejection) {
      let type = try attributes.text(attributes.type, "ce_type", atMost: 100)
      let workflow = try attributes.text(attributes.workflow, "ce_workflow", atMost: 100)
      let time = attributes.time == nil ? nil : try attributes.text(attributes.time, "ce_time", atMost: 64)
      let mayBeEmpty = body.isEmpty && type == Envelope.Kind.withdrawn.rawValue
      return try Envelope(
        type: type, workflow: workflow, source: source, item: item, time: time,
        data: mayBeEmpty ? nil : try parse(body, under: "/data"), payload: body)
    } catch {
      var rejection = error
      (rejection.source, rejection.item) = (source, item)
      throw rejection
    }
  }

  private func parse(_ body: ArraySlice<UInt8>, under pointer: String) throws(Rejection) -> JSON {
    guard !body.isEmpty else { throw Rejection(.empty, expected: "an item", found: "no bytes") }
    do { return try JSON.parse(body, limits: limits) } catch { throw Rejection(error, under: pointer) }
  }
}

/// The attributes of a CloudEvent in binary mode, as bytes; nil where there is none or it has no value.
struct Attributes: Sendable {
  var version: ArraySlice<UInt8>?
  var id: ArraySlice<UInt8>?
  var source: ArraySlice<UInt8>?
  var type: ArraySlice<UInt8>?
  var workflow: ArraySlice<UInt8>?
  var time: ArraySlice<UInt8>?

  init() {}

  init(_ frame: Frame) {
    version = frame.header("ce_specversion")
    id = frame.header("ce_id")
    source = frame.header("ce_source")
    type = frame.header("ce_type")
    workflow = frame.header("ce_workflow")
    time = frame.header("ce_time")
  }

  func text(_ bytes: ArraySlice<UInt8>?, _ name: String, atMost limit: Int) throws(Rejection) -> String {
    guard let bytes, !bytes.isEmpty else {
      throw Rejection(.headerMissing, keyword: name, expected: "the header \(name) with a value", found: "none")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Rejection(.invalidUTF8, keyword: name, expected: "UTF-8 in the header \(name)", found: "other bytes")
    }
    guard let plain = plainText(text, atMost: limit) else {
      throw Rejection(
        .headerMissing, keyword: name,
        expected: "at most \(limit) bytes without control characters in the header \(name)",
        found: "\(bytes.count) bytes")
    }
    return plain
  }
}
