import Bundles
import JSON
import Lanes
import Wire

/// What is still to be said of the exceptions of the list in force: a reminder of each, and its end. When an exception ends
/// does not hang on it: an evaluation looks at the clock itself.
struct ExceptionBook: Equatable {
  struct Entry: Equatable {
    let id: String
    let workflow: String
    let starts: Instant
    let expires: Instant
    /// SHA-256 of what was signed.
    let digest: String
    var isReminded = false

    /// A quarter of its life before its end, three days at most.
    var reminder: Instant { expires.adding(seconds: -min(3 * 86_400, expires.seconds(since: starts) / 4)) }
  }

  /// The list's number; the last one that was told.
  var version: Int64 = 0
  var entries: [Entry] = []

  var timers: [LaneTimer] {
    let reminder = entries.filter { !$0.isReminded }.map(\.reminder).min().map { LaneTimer("reminder", due: $0) }
    let end = entries.map(\.expires).min().map { LaneTimer("end", due: $0) }
    return [reminder, end].compactMap { $0 }
  }

  func after(_ listed: ExceptionsListed) -> ExceptionBook {
    var state = ExceptionBook()
    state.version = listed.version
    state.entries = Self.entries(of: listed).filter { $0.expires > listed.at }.map { entry in
      var entry = entry
      entry.isReminded = entries.contains { $0.digest == entry.digest && $0.isReminded }
      return entry
    }
    return state
  }

  func after(_ reminded: ExceptionReminded) -> ExceptionBook {
    var state = self
    for index in state.entries.indices where state.entries[index].id == reminded.exception { state.entries[index].isReminded = true }
    return state
  }

  func after(_ ended: ExceptionEnded) -> ExceptionBook {
    var state = self
    state.entries.removeAll { $0.id == ended.exception }
    return state
  }

  /// What a list holds, without a look at any bundle.
  static func entries(of listed: ExceptionsListed) -> [Entry] {
    (listed.list["exceptions"]?.array ?? []).compactMap { entry in
      guard let id = entry["id"]?.string, let workflow = entry["workflow"]?.string,
        let starts = entry["starts"]?.string.flatMap({ Instant(rfc3339: $0) }),
        let expires = entry["expires"]?.string.flatMap({ Instant(rfc3339: $0) })
      else { return nil }
      return Entry(id: id, workflow: workflow, starts: starts, expires: expires, digest: hex(sha256(entry.canonical)))
    }
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("exceptions", version)
      writer.key("entries")
      writer.array { writer in
        for entry in entries {
          writer.object { writer in
            writer.member("id", entry.id)
            writer.member("workflow", entry.workflow)
            writer.member("starts", entry.starts)
            writer.member("expires", entry.expires)
            writer.member("digest", entry.digest)
            writer.member("reminded", entry.isReminded)
          }
        }
      }
    }
  }

  init() {}

  init(_ json: JSON) throws(WireError) {
    let fields = try Fields(json)
    version = try fields.integer("exceptions")
    for element in fields.optional("entries")?.array ?? [] {
      let each = try Fields(element)
      entries.append(
        Entry(
          id: try each.text("id"), workflow: try each.text("workflow"), starts: try each.instant("starts"),
          expires: try each.instant("expires"), digest: try each.text("digest"), isReminded: try each.flag("reminded")))
    }
  }
}

/// What is said of lists and of single exceptions.
enum ExceptionNote {
  case listed(ExceptionsListed)
  case reminded(ExceptionReminded)
  case ended(ExceptionEnded)

  var type: String {
    switch self {
    case .listed: ExceptionsListed.type
    case .reminded: ExceptionReminded.type
    case .ended: ExceptionEnded.type
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .listed(let body): body.write(&writer)
    case .reminded(let body): body.write(&writer)
    case .ended(let body): body.write(&writer)
    }
  }
}

extension PolicyStep {
  /// A list was put in force. Said once; what it does not hold any more as it was is over.
  func list(_ listed: ExceptionsListed) -> [PolicyOutput] {
    let book = book ?? ExceptionBook()
    guard listed.version > book.version else { return [.answer(false)] }
    let kept = Set(ExceptionBook.entries(of: listed).map(\.digest))
    let gone = book.entries.filter { !kept.contains($0.digest) }.map { entry in
      PolicyOutput.emit(
        .exception(.ended(ExceptionEnded(exception: entry.id, workflow: entry.workflow, expires: entry.expires, why: "replaced"))))
    }
    return gone + [.emit(.exception(.listed(listed))), .answer(true)]
  }

  func remindOfExceptions() -> [PolicyOutput] {
    (book?.entries ?? []).filter { !$0.isReminded && $0.reminder <= now }.map { entry in
      .emit(
        .exception(.reminded(ExceptionReminded(exception: entry.id, workflow: entry.workflow, expires: entry.expires))))
    }
  }

  func endExceptions() -> [PolicyOutput] {
    (book?.entries ?? []).filter { $0.expires <= now }.map { entry in
      .emit(
        .exception(.ended(ExceptionEnded(exception: entry.id, workflow: entry.workflow, expires: entry.expires, why: "expired"))))
    }
  }
}
