import Identity
import JSON
import Lanes
import Wire

/// What policy has heard of one person's absences, as long as it matters: an approval names the moment at which it was given, and
/// counts for a day.
struct AwayBook: Equatable {
  private(set) var absences: [Absence] = []

  /// Of one person at most; whoever says more has the oldest ones forgotten.
  static let most = 64

  var timers: [LaneTimer] {
    absences.map(\.until).min().map { [LaneTimer("forget", due: $0.adding(seconds: Absence.keptSeconds))] } ?? []
  }

  func after(_ noted: AbsenceNoted) -> AwayBook? {
    guard noted.code.isEmpty else { return absences.isEmpty ? nil : self }
    var book = self
    book.absences.removeAll { $0.id == noted.absence.id }
    book.absences.append(noted.absence)
    if book.absences.count > Self.most { book.absences.removeFirst() }
    return book
  }

  func after(_ forgotten: AbsencesForgotten) -> AwayBook? {
    var book = self
    book.absences.removeAll { $0.until <= forgotten.before }
    return book.absences.isEmpty ? nil : book
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("away")
      writer.array { writer in for absence in absences { absence.write(&writer) } }
    }
  }

  init() {}

  init(_ json: JSON) throws(WireError) {
    for each in json["away"]?.array ?? [] { absences.append(try Absence(Fields(each))) }
  }
}

extension PolicyStep {
  /// Somebody is away. Who may say so, and who may stand in, policy judges by its own people; the groups that a delegate takes over
  /// it looks up whenever an approval is counted.
  func note(_ said: AbsenceSaid) -> [PolicyOutput] {
    let code = decider.people.map { $0.now.fault(in: said.absence) } ?? "people.unknown"
    return [.emit(.away(AbsenceNoted(said.absence, code: code ?? "")))]
  }

  /// Its time is over and no approval that counts is older.
  func forgetAbsences() -> [PolicyOutput] {
    let person = String(key.dropFirst(Absence.key(of: "").count))
    return [.emit(.forgotten(AbsencesForgotten(person: person, before: now.adding(seconds: -Absence.keptSeconds))))]
  }
}
