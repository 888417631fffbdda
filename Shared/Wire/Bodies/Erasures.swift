import JSON

/// `retention`: contents of a case's records are about to be destroyed, because their class says so. Nothing is destroyed before this
/// stands in the ledger. The leaves stay, and with them facts, commitments and proofs.
public struct ContentErasing: Body, Equatable {
  public static let type = "countersign.content.erasing.v1"

  /// A record of which people who guard the system should know (`Finding`), without the words of its body.
  public struct Finding: Sendable, Equatable {
    public let position: Int64
    public let at: Instant
    public let kind: String
    public let code: String
    public let place: String

    public init(position: Int64, at: Instant, kind: String, code: String, place: String) {
      (self.position, self.at, self.kind, self.code, self.place) = (position, at, kind, code, place)
    }
  }

  /// Headers of a record that go with its content, since they did not fit into its leaf; kept here, so that it stays what it was but for its body.
  public struct Kept: Sendable, Equatable {
    public let position: Int64
    public let topic: String
    public let partition: Int64
    public let offset: Int64
    /// As they stand in a frame, in base64.
    public let headers: String

    public init(position: Int64, topic: String, partition: Int64, offset: Int64, headers: String) {
      (self.position, self.topic, self.partition, self.offset, self.headers) = (position, topic, partition, offset, headers)
    }
  }

  public let caseID: String
  public let workflow: String
  /// The class by which it is time, its days after the case's end, and which parts of the case are meant.
  public let retention: String
  public let days: Int64
  public let parts: [String]
  /// SHA-256 of the file that declares the classes, lower-case hexadecimal.
  public let declared: String
  /// How many records the case had when it was decided: what comes later is another erasure's.
  public let records: Int64
  /// In the ledger, ascending.
  public let positions: [Int64]
  /// What figures are made of and only those contents told: closed values, in base64.
  public let measures: String
  public let findings: [Finding]
  /// Of the few records whose headers are not in their leaves.
  public let kept: [Kept]
  public let at: Instant

  public init(
    caseID: String, workflow: String, retention: String, days: Int64, parts: [String], declared: String, records: Int64, positions: [Int64],
    measures: String, findings: [Finding], kept: [Kept] = [], at: Instant
  ) {
    self.kept = kept
    (self.caseID, self.workflow, self.retention, self.days, self.parts) = (caseID, workflow, retention, days, parts)
    (self.declared, self.records, self.positions, self.measures, self.findings, self.at) = (declared, records, positions, measures, findings, at)
  }

  public var key: String { Self.key(caseID) }
  public static func key(_ caseID: String) -> String { prefix + caseID }
  public static let prefix = "erase/"

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("case", caseID)
      writer.member("workflow", workflow)
      writer.member("class", retention)
      writer.member("days", days)
      writer.member("parts", parts)
      writer.member("declared", declared)
      writer.member("records", records)
      writer.member("positions", PositionList.text(positions))
      writer.member("measures", measures)
      writer.key("findings")
      writer.array { writer in
        for finding in findings {
          writer.object { writer in
            writer.member("position", finding.position)
            writer.member("at", finding.at)
            writer.member("kind", finding.kind)
            writer.member("code", finding.code)
            writer.member("place", finding.place)
          }
        }
      }
      if !kept.isEmpty {
        writer.key("kept")
        writer.array { writer in
          for one in kept {
            writer.object { writer in
              writer.member("position", one.position)
              writer.member("topic", one.topic)
              writer.member("partition", one.partition)
              writer.member("offset", one.offset)
              writer.member("headers", one.headers)
            }
          }
        }
      }
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let positions = PositionList.read(try fields.text("positions")) else { throw WireError("member positions: a list was expected") }
    var findings: [Finding] = []
    for json in fields.optional("findings")?.array ?? [] {
      let one = try Fields(json)
      findings.append(
        Finding(
          position: try one.integer("position"), at: try one.instant("at"), kind: try one.text("kind"), code: try one.text("code"),
          place: try one.text("place")))
    }
    var kept: [Kept] = []
    for json in fields.optional("kept")?.array ?? [] {
      let one = try Fields(json)
      kept.append(
        Kept(
          position: try one.integer("position"), topic: try one.text("topic"), partition: try one.integer("partition"), offset: try one.integer("offset"),
          headers: try one.text("headers")))
    }
    self.init(
      caseID: try fields.text("case"), workflow: try fields.text("workflow"), retention: try fields.text("class"), days: try fields.integer("days"),
      parts: try fields.texts("parts"), declared: try fields.text("declared"), records: try fields.integer("records"), positions: positions,
      measures: try fields.text("measures"), findings: findings, kept: kept, at: try fields.instant("at"))
  }
}

/// `retention`: contents that `ContentErasing` named are destroyed.
public struct ContentErased: Body, Equatable {
  public static let type = "countersign.content.erased.v1"
  public let caseID: String
  /// Where in the ledger the record stands that said so before.
  public let erasing: Int64
  /// When that was.
  public let since: Instant
  public let contents: Int64
  public let bytes: Int64
  public let at: Instant

  public init(caseID: String, erasing: Int64, since: Instant, contents: Int64, bytes: Int64, at: Instant) {
    (self.caseID, self.erasing, self.since, self.contents, self.bytes, self.at) = (caseID, erasing, since, contents, bytes, at)
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("case", caseID)
      writer.member("erasing", erasing)
      writer.member("since", since)
      writer.member("contents", contents)
      writer.member("bytes", bytes)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      caseID: try fields.text("case"), erasing: try fields.integer("erasing"), since: try fields.instant("since"), contents: try fields.integer("contents"),
      bytes: try fields.integer("bytes"), at: try fields.instant("at"))
  }
}

/// Positions as text: `12-14,17`.
public enum PositionList {
  static let most = 100_000

  /// - Parameter positions: ascending.
  public static func text(_ positions: [Int64]) -> String {
    var runs: [(first: Int64, last: Int64)] = []
    for position in positions {
      if let run = runs.last, run.last + 1 == position { runs[runs.count - 1].last = position } else { runs.append((position, position)) }
    }
    return runs.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(separator: ",")
  }

  /// Nil of anything but a list that ascends.
  public static func read(_ text: String) -> [Int64]? {
    var positions: [Int64] = []
    for run in text.split(separator: ",", omittingEmptySubsequences: true) {
      let ends = run.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0, first <= last, last - first < Int64(most),
        positions.last.map({ $0 < first }) ?? true
      else { return nil }
      positions += Array(first...last)
      guard positions.count <= most else { return nil }
    }
    return positions
  }
}
