import JSON
import Lanes
import Wire

/// What one person's grants have come to, as long as somebody still has to look at one or the right is suspended.
struct GlassBook: Equatable {
  struct Entry: Equatable {
    let grant: String
    let caseID: String
    var what: GlassNoted.What
    var at: Instant
    var due: Instant?

    /// Whether the person may break no glass because of it.
    var isSuspending: Bool { what == .overdue || what == .unjustified }
  }
  private(set) var person = ""
  private(set) var entries: [Entry] = []

  var isSuspended: Bool { entries.contains(where: \.isSuspending) }

  /// Nil where nothing is left to remember.
  func after(_ noted: GlassNoted) -> GlassBook? {
    var book = self
    book.person = noted.person
    switch noted.what {
    case .restored: book.entries.removeAll(where: \.isSuspending)
    case .justified: book.entries.removeAll { $0.grant == noted.grant }
    case .granted, .asked, .unjustified, .overdue:
      let entry = Entry(grant: noted.grant, caseID: noted.caseID, what: noted.what, at: noted.at, due: noted.due)
      if let index = book.entries.firstIndex(where: { $0.grant == noted.grant }) { book.entries[index] = entry } else { book.entries.append(entry) }
    }
    return book.entries.isEmpty ? nil : book
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("glass_book", person)
      writer.key("grants")
      writer.array { writer in
        for entry in entries {
          writer.object { writer in
            writer.member("grant", entry.grant)
            writer.member("case", entry.caseID)
            writer.member("what", entry.what.rawValue)
            writer.member("at", entry.at)
            writer.member("due", entry.due)
          }
        }
      }
    }
  }

  init() {}

  init(_ json: JSON) throws(WireError) {
    person = json["glass_book"]?.string ?? ""
    for each in json["grants"]?.array ?? [] {
      let fields = try Fields(each)
      guard let what = GlassNoted.What(rawValue: try fields.text("what")) else { throw WireError("member what is unknown") }
      entries.append(
        Entry(
          grant: try fields.text("grant"), caseID: try fields.text("case"), what: what, at: try fields.instant("at"),
          due: fields.optionalInteger("due").map(Instant.init(microseconds:))))
    }
  }
}
