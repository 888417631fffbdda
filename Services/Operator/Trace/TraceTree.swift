import JSON
import Wire

/// The spans of one case, as the services' trace files hold them (OTLP/JSON, a line for each batch).
struct TraceTree {
  struct Span: Equatable {
    let id: String
    let parent: String?
    let name: String
    let service: String
    /// Nanoseconds since 1970.
    let start: Int64
    let end: Int64
    let topic: String
  }

  private(set) var spans: [Span] = []
  private(set) var trace: String?
  private let caseID: String

  init(case caseID: String) { self.caseID = caseID }

  /// Takes the case's spans of one line; lines that are no OTLP/JSON or of other cases are left out.
  mutating func take(line: some Collection<UInt8>) {
    guard let json = try? JSON.parse(Array(line), limits: .stored) else { return }
    for resource in json["resourceSpans"]?.array ?? [] {
      let service = Self.attribute("service.name", resource["resource"]) ?? "unknown"
      for scope in resource["scopeSpans"]?.array ?? [] {
        for span in scope["spans"]?.array ?? [] where Self.attribute("countersign.case", span) == caseID {
          take(span, service)
        }
      }
    }
  }

  private mutating func take(_ span: JSON, _ service: String) {
    guard let id = span["spanId"]?.string, let name = span["name"]?.string,
      let start = span["startTimeUnixNano"]?.string.flatMap({ Int64($0) }),
      let end = span["endTimeUnixNano"]?.string.flatMap({ Int64($0) })
    else { return }
    trace = trace ?? span["traceId"]?.string
    spans.append(
      Span(
        id: id, parent: span["parentSpanId"]?.string, name: name, service: service, start: start, end: end,
        topic: Self.attribute("messaging.destination.name", span) ?? ""))
  }

  private static func attribute(_ name: String, _ of: JSON?) -> String? {
    of?["attributes"]?.array?.first { $0["key"]?.string == name }?["value"]?["stringValue"]?.string
  }

  var services: [String] { Set(spans.map(\.service)).sorted() }

  /// A line for each span, below its parent; what has none here stands at the left.
  var lines: [String] {
    let ids = Set(spans.map(\.id))
    let sorted = spans.sorted { ($0.start, $0.end, $0.id) < ($1.start, $1.end, $1.id) }
    var children: [String: [Span]] = [:]
    var roots: [Span] = []
    for span in sorted {
      if let parent = span.parent, ids.contains(parent), parent != span.id {
        children[parent, default: []].append(span)
      } else {
        roots.append(span)
      }
    }
    let first = sorted.first?.start ?? 0
    var lines: [String] = []
    var shown: Set<String> = []
    func show(_ span: Span, _ depth: Int) {
      guard shown.insert(span.id).inserted else { return }
      let place = depth == 0 ? "" : String(repeating: "  ", count: min(depth, 30))
      lines.append(
        "\(padded(milliseconds(span.start - first), 10)) ms  \(padded(milliseconds(span.end - span.start), 7)) ms  \(place)\(clean(span.service)): \(clean(span.name))"
      )
      for child in children[span.id] ?? [] { show(child, depth + 1) }
    }
    for root in roots { show(root, 0) }
    // What stands in a circle of parents has no root.
    for span in sorted { show(span, 0) }
    return lines
  }

  /// One decimal.
  private func milliseconds(_ nanoseconds: Int64) -> String {
    let tenths = nanoseconds / 100_000
    return "\(tenths / 10).\(abs(tenths % 10))"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  var json: JSON {
    [
      "case": .string(caseID), "trace": trace.map { .string($0) } ?? .null,
      "services": .array(services.map { .string($0) }),
      "spans": .array(
        spans.sorted { ($0.start, $0.id) < ($1.start, $1.id) }.map { span in
          [
            "id": .string(span.id), "parent": span.parent.map { .string($0) } ?? .null, "name": .string(span.name),
            "service": .string(span.service), "start": .integer(span.start / 1_000), "end": .integer(span.end / 1_000),
            "topic": .string(span.topic),
          ]
        }),
    ]
  }
}
