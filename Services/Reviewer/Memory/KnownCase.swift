import Identity
import JSON
import Storage
import Wire

/// A case of which the reviewer remembers something, open or not.
struct KnownCase: Sendable, Equatable {
  let key: String
  let workflow: String
  let queue: String
  /// Every group that its quorum or its ladder names.
  let asked: [String]
  let requester: String
  /// `ISSUER ID`: who decided about the same question before and must not learn more of it.
  let barred: [String]
  let risk: String
  let title: String
  let opened: Instant

  static let columns = "c.key, c.workflow, c.queue, c.asked, c.requester, c.barred, c.risk, c.title, c.opened"

  init?(_ row: Row) {
    guard row.count >= 9, case .text(let key) = row[0], case .text(let workflow) = row[1], case .text(let queue) = row[2],
      case .text(let asked) = row[3], case .text(let requester) = row[4], case .text(let barred) = row[5], case .text(let risk) = row[6],
      case .text(let title) = row[7], case .integer(let opened) = row[8]
    else { return nil }
    func names(_ list: String) -> [String] { list.split(separator: "|").map(String.init) }
    (self.key, self.workflow, self.queue, self.asked) = (key, workflow, queue, names(asked))
    (self.requester, self.barred, self.risk, self.title) = (requester, names(barred), risk, title)
    self.opened = Instant(microseconds: opened)
  }

  /// Whether somebody may learn what became of it: whose group was asked and who did not ask for it. The same human being
  /// under another account is no other person.
  func mayBeSeen(by person: Person, _ people: People) -> Bool {
    guard !Set(asked).isDisjoint(with: person.groups) else { return false }
    let accounts = people.all.filter { $0.claim == person.claim } + [person]
    return !accounts.contains { $0.id == requester } && people.human(requester) != person.claim && !accounts.contains { barred.contains($0.full) }
  }
}

extension CaseMemory {
  func find(_ key: String) throws -> KnownCase? {
    try read("SELECT \(KnownCase.columns) FROM cases c WHERE c.key = ?", [.text(key)]).first.flatMap(KnownCase.init)
  }
}
