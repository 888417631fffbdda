import JSON
import Lanes
import Storage
import Wire

/// One piece of human work: the open question about a case.
struct ReviewTask: LaneState {
  struct Claim: Equatable {
    let person: String
    let until: Instant
    let fence: Int64
  }
  struct Given: Equatable {
    let id: String
    let person: String
    let verb: String
  }

  /// The case file as policy wrote it.
  let request: JSON
  let opened: Instant
  /// Claims so far; a claim's token is its number.
  var fence: Int64 = 0
  var claim: Claim?
  /// Decisions on this version.
  var given: [Given] = []
  /// The rung that comes next, and how often the last one has been paged again.
  var rung = 1
  var pages = 0
  /// When the decision is released, while it can be taken back.
  var release: Instant?

  init(request: JSON, opened: Instant) {
    self.request = request
    self.opened = opened
  }

  var version: Int64 { request["version"]?.integer ?? 0 }
  var ladder: [JSON] { request["ladder"]?.array ?? [] }
  var group: String { ladder[safe: rung - 1]?["group"]?.string ?? "duty-officers" }

  static let pageAgainSeconds: Double = 1800
  static let mostPages = 9

  /// When the next rung is due, or the last one is paged again.
  var nextRung: Instant? {
    if let rung = ladder[safe: rung] { return opened.adding(seconds: Double(rung["after_seconds"]?.integer ?? 0)) }
    guard pages < Self.mostPages, let last = ladder.last?["after_seconds"]?.integer else { return nil }
    return opened.adding(seconds: Double(last) + Self.pageAgainSeconds * Double(pages + 1))
  }

  var timers: [LaneTimer] {
    guard release == nil else { return [] }
    return (nextRung.map { [LaneTimer("rung", due: $0)] } ?? []) + (claim.map { [LaneTimer("lease", due: $0.until)] } ?? [])
  }
  var calls: [NoCall] { [] }

  static let columns = [Column("grp", .text), Column("workflow", .text), Column("opened", .integer), Column("holder", .text)]
  var columns: Row {
    [.text(group), .text(request["workflow"]?.string ?? ""), .integer(opened.microseconds), .text(claim?.person ?? "")]
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("request", request)
      writer.member("opened", opened)
      writer.member("fence", fence)
      writer.member("rung", rung)
      writer.member("pages", pages)
      writer.member("release", release)
      if let claim {
        writer.member("claim_person", claim.person)
        writer.member("claim_until", claim.until)
        writer.member("claim_fence", claim.fence)
      }
      writer.key("given")
      writer.array { writer in
        for given in given {
          writer.object { writer in
            writer.member("id", given.id)
            writer.member("person", given.person)
            writer.member("verb", given.verb)
          }
        }
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    request = try fields.value("request")
    opened = try fields.instant("opened")
    fence = try fields.integer("fence")
    rung = Int(clamping: try fields.integer("rung"))
    pages = Int(clamping: try fields.integer("pages"))
    release = fields.optionalInteger("release").map(Instant.init(microseconds:))
    if let person = fields.optionalText("claim_person") {
      claim = Claim(person: person, until: try fields.instant("claim_until"), fence: try fields.integer("claim_fence"))
    }
    for element in fields.optional("given")?.array ?? [] {
      let each = try Fields(element)
      given.append(Given(id: try each.text("id"), person: try each.text("person"), verb: try each.text("verb")))
    }
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
