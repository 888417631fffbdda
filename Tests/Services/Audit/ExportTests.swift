import JSON
import Testing
import Wire

@testable import countersign_audit

/// What spreadsheets and SIEMs get of a case.
@Suite struct ExportTests {
  private func rows() throws -> [CaseRow] {
    let ledger = try TestLedger()
    var records = Records()
    var rejected = Records.Course()
    rejected.end = .rejected
    let open = Records.Course(end: .open)
    var alone = Records.Course()
    alone.isReviewed = false
    let histories = records.history(1, Records.Course()) + records.history(2, rejected) + records.history(3, open) + records.history(4, alone)
    let hostile = records.make(
      .cases, 0, type: CaseAdmitted.type, subject: Records.caseID(8),
      facts: [(.workflow, "=HYPERLINK(\"http://evil\")"), (.origin, "@SUM(1)"), (.ingested, "1"), (.payloadHash, "a\"b")])
    try ledger.absorb(histories + [hostile])
    return try [1, 2, 3, 4, 8].map { try #require(try ledger.caseRow(Records.caseID($0))) }
  }

  /// Required attributes of API Activity (6003) in OCSF 1.3.0, by hand: class, base event, classification and occurrence; and those of the objects
  /// that are used, with the constraint that one of several must be there.
  private static let required = ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time", "metadata", "actor", "api", "src_endpoint"]
  private static let objects: [(path: [String], all: [String], oneOf: [String])] = [
    (["metadata"], ["product", "version"], []), (["metadata", "product"], ["vendor_name"], ["name", "uid"]),
    (["actor"], [], ["process", "user", "invoked_by", "session", "app_name", "app_uid"]), (["actor", "user"], [], ["account", "name", "uid"]),
    (["api"], ["operation"], []), (["api", "service"], [], ["name", "uid"]), (["api", "request"], ["uid"], []),
    (["src_endpoint"], [], ["ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name", "domain"]),
  ]
  private static let activities: Set<Int64> = [0, 1, 2, 3, 4, 99]
  private static let severities: Set<Int64> = [0, 1, 2, 3, 4, 5, 6, 99]

  @Test func eachEventHasWhatItsClassRequires() throws {
    for row in try rows() {
      let event = ExportOCSF.event(row)
      for name in Self.required { #expect(event[name].map { !$0.isNull } == true, "\(name)") }
      for object in Self.objects {
        var found: JSON? = event
        for name in object.path { found = found?[name] }
        guard let found else { continue }
        for name in object.all { #expect(found[name] != nil, "\(object.path).\(name)") }
        if !object.oneOf.isEmpty { #expect(object.oneOf.contains { found[$0] != nil }, "\(object.path)") }
      }
      let (activity, type) = (try #require(event["activity_id"]?.integer), event["type_uid"]?.integer)
      #expect(event["category_uid"] == 6 && event["class_uid"] == 6003 && type == 6003 * 100 + activity)
      #expect(Self.activities.contains(activity) && Self.severities.contains(event["severity_id"]?.integer ?? -1))
      if activity == 99 { #expect(event["activity_name"]?.string?.isEmpty == false) }
      // Milliseconds, and of this century.
      #expect((1_600_000_000_000...4_000_000_000_000).contains(event["time"]?.integer ?? 0))
    }
  }

  @Test func whatHappenedIsInItsPlace() throws {
    let events = try rows().map { ExportOCSF.event($0) }
    #expect(events.map { $0["activity_id"]?.integer } == [3, 99, 99, 3, 99])
    #expect(events.map { $0["status_id"]?.integer } == [1, 2, 0, 1, 0])
    #expect(events.map { $0["status_detail"]?.string } == ["executed", "rejected", "open", "executed", "open"])
    #expect(events[0]["actor"]?["user"] == ["uid": "demo ana", "name": "ana", "type_id": 1, "type": "User"])
    #expect(events[3]["actor"]?["user"] == nil && events[3]["actor"]?["app_name"] == "m/1")
    #expect(events[0]["src_endpoint"]?["name"] == "test/1" && events[0]["api"]?["operation"] == "reply-draft")
    #expect(events[0]["resources"]?.array?.first?["uid"]?.string == Records.caseID(1))
    #expect(events[0]["severity_id"] == 2 && events[0]["unmapped"]?["prompt"] == "p1")
  }

  /// A reader of RFC 4180, apart from what writes it.
  private func read(_ text: [UInt8]) -> [[String]] {
    var (lines, line, cell, isQuoted) = ([[String]](), [String](), [UInt8](), false)
    var at = 0
    while at < text.count {
      let byte = text[at]
      if isQuoted {
        if byte == 0x22, at + 1 < text.count, text[at + 1] == 0x22 {
          cell.append(byte)
          at += 1
        } else if byte == 0x22 { isQuoted = false } else { cell.append(byte) }
      } else if byte == 0x22 {
        isQuoted = true
      } else if byte == 0x2C || byte == 0x0D {
        line.append(String(decoding: cell, as: UTF8.self))
        cell = []
        if byte == 0x0D {
          lines.append(line)
          (line, at) = ([], at + 1)
        }
      } else { cell.append(byte) }
      at += 1
    }
    return lines
  }

  @Test func everyLineHasTheColumnsOfTheHead() throws {
    let rows = try rows()
    let lines = read(ExportFormat.csv.head + rows.flatMap { ExportFormat.csv.line($0) })
    #expect(lines.count == 6 && Set(lines.map(\.count)) == [23])
    let first = Dictionary(zip(lines[0], lines[1])) { a, _ in a }
    #expect(first["case"] == Records.caseID(1) && first["outcome"] == "executed" && first["reviewers"] == "demo ana" && first["risk"] == "low")
    #expect(Double(first["latency_seconds"] ?? "") ?? 0 > 0 && first["reasons"]?.contains("confidence.low") == true)
    #expect(Dictionary(zip(lines[0], lines[3])) { a, _ in a }["ended"] == "")
    #expect(Dictionary(zip(lines[0], lines[5])) { a, _ in a }["workflow"] == "'=HYPERLINK(\"http://evil\")")
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"), ("  =1", "'  =1"), ("\r\n=1", "'\r\n=1"), ("\u{FF1D}1", "'\u{FF1D}1"),
    ("|calc", "'|calc"), ("a=1", "a=1"), ("", ""), ("'=1", "'=1"), ("2026-11-24", "2026-11-24"), ("\u{FEFF}=1", "'\u{FEFF}=1"),
  ])
  func noCellIsAFormula(text: String, wanted: String) {
    #expect(ExportCSV.quoted(text) == "\"\(wanted)\"")
  }

  @Test func quotesAreDoubledAndNothingEndsACell() {
    #expect(ExportCSV.quoted("a\"b\0c") == "\"a\"\"bc\"")
    #expect(read(Array((ExportCSV.quoted("x\",\"=1") + ",2\r\n").utf8)) == [["x\",\"=1", "2"]])
  }
}
