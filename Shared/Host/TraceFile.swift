import Dispatch
import Foundation
import JSON
import Lanes
import Messaging
import Synchronization
import Wire

/// Appends spans to a file, a line for each batch: OpenTelemetry's OTLP/JSON (`ExportTraceServiceRequest`), as collectors
/// read it and `countersign trace` shows it.
///
/// A span for each record of a case, one for each message of a case that led to no record, and one for the case itself.
/// They are laid out and written by a queue of its own; when that falls behind, batches are left out and counted.
final class TraceFile: LaneTracer {
  private let service: Service
  private let every: UInt64
  private let metrics: Metrics
  private let file: FileHandle
  private let queue = DispatchQueue(label: "trace")
  private let waiting = Atomic(0)

  /// Bytes of records and messages that may wait to be written.
  private static let limit = 32 << 20

  /// - Parameter every: one of so many traces is written, the same ones by all services.
  /// - Throws: where the file cannot be opened.
  init(_ path: String, _ service: Service, every: Int, _ metrics: Metrics) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else {
      throw LaneError.cannotStart(
        "TRACE_FILE \(path) cannot be written: \(String(cString: strerror(errno))). Name another file.")
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    self.service = service
    self.every = UInt64(max(1, every))
    self.metrics = metrics
  }

  func committed(_ batch: TracedBatch) {
    let size = batch.records.reduce(0) { $0 + $1.frames.count } + batch.messages.reduce(0) { $0 + $1.frame.bytes.count }
    guard waiting.load(ordering: .relaxed) + size <= Self.limit else {
      return metrics.increment("countersign_trace_batches_dropped_total", help: "batches whose spans were not written")
    }
    waiting.add(size, ordering: .relaxed)
    queue.async { [self] in
      write(batch)
      waiting.subtract(size, ordering: .relaxed)
    }
  }

  /// Waits until what was committed is written.
  func finish() { queue.sync {} }

  private func write(_ batch: TracedBatch) {
    let spans = spans(of: batch)
    guard !spans.isEmpty else { return }
    var line = JSONWriter(reserving: 512 * spans.count)
    line.object { writer in
      writer.objects("resourceSpans") { writer in
        writer.key("resource")
        writer.object { $0.attributes([("service.name", service.rawValue)]) }
        writer.objects("scopeSpans") { writer in
          writer.key("scope")
          writer.object { $0.member("name", "countersign") }
          writer.key("spans")
          writer.array { writer in for span in spans { span.write(&writer, batch) } }
        }
      }
    }
    do { try file.write(contentsOf: Data(line.finish() + [0x0A])) } catch {
      metrics.increment("countersign_trace_batches_dropped_total", help: "batches whose spans were not written")
    }
  }

  func spans(of batch: TracedBatch) -> [Span] {
    var spans: [Span] = []
    var answered: Set<String> = []
    var handled: [String: Message] = [:]
    for message in batch.messages { handled["\(message.source)/\(message.offset)"] = message }
    for (topic, frames) in batch.records {
      for frame in Frame.split(frames[...]) ?? [] {
        let cause = frame.text("ce_cause") ?? ""
        let place = Trace.place(cause: cause)
        if let place { answered.insert(place) }
        guard var span = Span(frame, topic: topic, isRecord: true), isChosen(span) else { continue }
        span.parent = Trace.parent(cause: cause) ?? span.root
        if frame.text("ce_type") == CaseAdmitted.type {
          var root = span
          (root.id, root.parent, root.name, root.isRoot) = (span.root, nil, "case", true)
          root.link = place.flatMap { handled[$0]?.frame.header("traceparent") }.flatMap { Span.context($0) }
          spans.append(root)
        }
        spans.append(span)
      }
    }
    for message in batch.messages where !answered.contains("\(message.source)/\(message.offset)") {
      // What outsiders write is not ours to trust with a trace.
      guard Topic.named(message.source.topic)?.kind == .internal,
        var span = Span(message.frame, topic: message.source.topic, isRecord: false), isChosen(span)
      else { continue }
      span.parent = span.id
      span.id = span.id &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(service.hash)
      spans.append(span)
    }
    return spans
  }

  private func isChosen(_ span: Span) -> Bool { every == 1 || span.root % every == 0 }
}

/// One span.
struct Span {
  let trace: ArraySlice<UInt8>
  let subject: String
  let type: String
  let topic: String
  let isRecord: Bool
  var id: UInt64
  var parent: UInt64?
  var name: String
  var isRoot = false
  /// An outsider's trace and span.
  var link: (trace: ArraySlice<UInt8>, span: UInt64)?

  /// Nil where the frame names no case, has no trace context, or one that is not to be recorded.
  init?(_ frame: Frame, topic: String, isRecord: Bool) {
    guard let subject = frame.text("ce_subject"), let type = frame.text("ce_type"),
      let header = frame.header("traceparent"), let context = Self.context(header), header.last != UInt8(ascii: "0")
    else { return nil }
    self.subject = subject
    self.type = type
    self.topic = topic
    self.isRecord = isRecord
    (trace, id) = context
    let parts = type.split(separator: ".")
    let short =
      parts.first == "countersign" && parts.count > 2 ? parts.dropFirst().dropLast().joined(separator: ".") : type
    name = isRecord ? short : "read \(short)"
  }

  /// Trace and span of a `traceparent` of version 00; nil where it is none.
  static func context(_ header: ArraySlice<UInt8>) -> (trace: ArraySlice<UInt8>, span: UInt64)? {
    let at = header.startIndex
    guard header.count == 55, header.prefix(3).elementsEqual("00-".utf8), header[at + 35] == 0x2D,
      header[at + 52] == 0x2D,
      header[(at + 3)..<(at + 35)].allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }),
      header[(at + 3)..<(at + 35)].contains(where: { $0 != 0x30 }),
      let span = UInt64(String(decoding: header[(at + 36)..<(at + 52)], as: UTF8.self), radix: 16), span != 0
    else { return nil }
    return (header[(at + 3)..<(at + 35)], span)
  }

  /// The span of the case itself: parent of all that no record led to.
  var root: UInt64 { UInt64(String(decoding: trace.suffix(16), as: UTF8.self), radix: 16) ?? 1 }

  func write(_ writer: inout JSONWriter, _ batch: TracedBatch) {
    writer.object { writer in
      writer.member("traceId", String(decoding: trace, as: UTF8.self))
      writer.member("spanId", digits(id))
      if let parent { writer.member("parentSpanId", digits(parent)) }
      writer.member("name", name)
      // SPAN_KIND_SERVER, PRODUCER, CONSUMER.
      writer.member("kind", isRoot ? 2 : isRecord ? 4 : 5)
      writer.member("startTimeUnixNano", "\(batch.began.microseconds)000")
      writer.member("endTimeUnixNano", "\(max(batch.ended, batch.began).microseconds)000")
      writer.attributes([
        ("countersign.case", subject), ("countersign.type", type), ("messaging.system", "kafka"),
        ("messaging.destination.name", topic),
      ])
      if let link {
        writer.objects("links") { writer in
          writer.member("traceId", String(decoding: link.trace, as: UTF8.self))
          writer.member("spanId", digits(link.span))
        }
      }
    }
  }

  private func digits(_ span: UInt64) -> String {
    var text: [UInt8] = []
    Trace.append(span, to: &text)
    return String(decoding: text, as: UTF8.self)
  }
}

extension Service {
  /// The same in every process.
  fileprivate var hash: UInt32 { rawValue.utf8.reduce(5_381) { $0 &* 33 &+ UInt32($1) } }
}

extension JSONWriter {
  /// A member that is an array of one object.
  fileprivate mutating func objects(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    array { $0.object(body) }
  }

  fileprivate mutating func attributes(_ values: [(String, String)]) {
    key("attributes")
    array { writer in
      for (name, value) in values {
        writer.object { writer in
          writer.member("key", name)
          writer.key("value")
          writer.object { $0.member("stringValue", value) }
        }
      }
    }
  }
}
