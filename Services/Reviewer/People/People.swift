import Wire

/// Somebody who may decide.
struct Person: Sendable, Equatable {
  let id: String
  let name: String
  let groups: [String]
  /// Who takes over by name at the end of a ladder.
  let isDutyOfficer: Bool
  /// The human being behind the account (ruling 28): two accounts with the same claim are one person.
  let claim: String

  /// Who vouches for these names; issuer and subject together are a person.
  static let issuer = "countersign.demo"
  var full: String { "\(Person.issuer) \(id)" }
}

/// The group whose members may decide anything.
let dutyGroup = "duty-officers"

/// The people and the tokens by which programs speak for them.
struct People: Sendable {
  let all: [Person]
  private let byID: [String: Person]
  private let tokens: [Token]

  struct Token: Sendable {
    let digest: [UInt8]
    let person: String
  }

  init(_ all: [Person], tokens: [Token] = []) {
    self.all = all
    self.tokens = tokens
    byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
  }

  func person(id: String) -> Person? { byID[id] }

  /// Every stored digest is compared whole, so the time it takes tells nothing about any of them.
  func person(token: String) -> Person? {
    let digest = sha256(token.utf8)
    var found: String?
    for known in tokens where zip(known.digest, digest).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 { found = known.person }
    return found.flatMap { byID[$0] }
  }

  /// Members of a group who are not the requester, in the order of the file.
  func members(of group: String, except requester: String?) -> [Person] {
    let barred = requester.map { byID[$0]?.claim ?? $0 }
    return all.filter { $0.groups.contains(group) && $0.id != requester && $0.claim != barred }
  }

  /// Who takes a case over by name: the first officer on duty who did not ask for it.
  func dutyOfficer(except requester: String?) -> Person? {
    let officers = members(of: dutyGroup, except: requester)
    return officers.first(where: \.isDutyOfficer) ?? officers.first
  }
}
