import Synchronization
import Wire

/// Somebody who may decide.
public struct Person: Sendable, Equatable {
  public let id: String
  public let name: String
  public let groups: [String]
  /// Who takes over by name at the end of a ladder.
  public let isDutyOfficer: Bool
  /// The human being behind the account (ruling 28): two accounts with the same claim are one person.
  public let claim: String
  /// Who vouches for the name; issuer and id together are a person.
  public let issuer: String
  /// As the provider has verified it; nil where it says nothing.
  public let email: String?
  /// Groups whose members' place the person may take while one of them is away and has named them.
  public let standsIn: [String]

  public init(
    id: String, name: String, groups: [String], isDutyOfficer: Bool, claim: String, issuer: String = Person.issuer, email: String? = nil,
    standsIn: [String] = []
  ) {
    self.standsIn = standsIn
    self.id = id
    self.name = name
    self.groups = groups
    self.isDutyOfficer = isDutyOfficer
    self.claim = claim
    self.issuer = issuer
    self.email = email
  }

  /// Of people whom the people file alone vouches for.
  public static let issuer = "countersign.demo"
  public var full: String { "\(issuer) \(id)" }
}

/// The group whose members may decide anything.
public let dutyGroup = "duty-officers"

/// The people and the tokens by which programs speak for them.
public struct People: Sendable {
  public let all: [Person]
  /// Who vouches for all of them.
  public let issuer: String
  /// Accounts that count as one human being only because their verified e-mail addresses are equal.
  public let sharedEmails: [String]
  private let byID: [String: Person]
  private let tokens: [Token]

  struct Token: Sendable {
    let digest: [UInt8]
    let person: String
  }

  public init(_ all: [Person], issuer: String = Person.issuer) { self.init(all, tokens: [], issuer: issuer) }

  init(_ all: [Person], tokens: [Token], sharedEmails: [String] = [], issuer: String = Person.issuer) {
    self.all = all
    self.issuer = issuer
    self.tokens = tokens
    self.sharedEmails = sharedEmails
    byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
  }

  public func person(id: String) -> Person? { byID[id] }

  /// The human being behind an account; an account that nobody knows stands for itself.
  public func human(_ id: String) -> String { byID[id]?.claim ?? id }

  /// Every stored digest is compared whole, so the time it takes tells nothing about any of them.
  public func person(token: String) -> Person? {
    let digest = sha256(token.utf8)
    var found: String?
    for known in tokens where zip(known.digest, digest).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 { found = known.person }
    return found.flatMap { byID[$0] }
  }

  /// Members of a group who are not the requester, in the order of the file.
  public func members(of group: String, except requester: String?) -> [Person] {
    let barred = requester.map(human)
    return all.filter { $0.groups.contains(group) && $0.id != requester && $0.claim != barred }
  }

  /// Who takes a case over by name: the first officer on duty who did not ask for it.
  public func dutyOfficer(except requester: String?) -> Person? {
    let officers = members(of: dutyGroup, except: requester)
    return officers.first(where: \.isDutyOfficer) ?? officers.first
  }
}

/// People as they are now. Whoever holds it sees a role end without a restart.
public final class LivePeople: Sendable {
  private let people: Mutex<People>

  public init(_ people: People) { self.people = Mutex(people) }

  public var now: People { people.withLock { $0 } }

  public func replace(with fresh: People) { people.withLock { $0 = fresh } }
}
