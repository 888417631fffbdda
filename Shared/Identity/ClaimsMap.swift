import JSON
import Wire

/// What the claims of the provider mean here. Each place is a claim's name, or a JSON pointer where it begins with `/`.
public struct ClaimsMap: Sendable, Equatable {
  let id: String
  let name: String
  let email: String
  /// The claim that tells the human being behind an account (ruling 28).
  let human: String?
  let groups: String
  /// Only groups that begin with it count, and it is taken off.
  let prefix: String
  /// Groups of the provider by what they are called here.
  let map: [String: String]

  /// Whom claims speak of.
  ///
  /// The directory says who may take part at all and the most that they may be; the claims say what they are now. So either
  /// side alone ends a role, and policy, which knows the directory by itself, counts no role that it does not know.
  ///
  /// - Throws: `TokenError` of class `person`.
  public func person(_ claims: TokenClaims, in directory: People) throws(TokenError) -> Person {
    guard let id = claims.at(id)?.string, People.isName(id) else {
      throw TokenError(.person, "the claim \(self.id) names nobody: up to 80 letters, digits and - _ . @ were expected")
    }
    guard let known = directory.person(id: id), known.id.sameCodePoints(as: id) else {
      throw TokenError(.person, "the directory (PEOPLE) of this installation knows nobody of this name")
    }
    if let human {
      guard let given = claims.at(human).flatMap(ClaimsMap.text), given.sameCodePoints(as: known.claim) else {
        throw TokenError(.person, "the claim \(human) and the directory disagree who this account belongs to")
      }
    }
    let now = Set(groupNames(claims))
    return Person(
      id: known.id, name: known.name, groups: known.groups.filter(now.contains), isDutyOfficer: known.isDutyOfficer, claim: known.claim,
      issuer: directory.issuer, email: address(claims), standsIn: known.standsIn)
  }

  /// Whether claims tell all that decides who somebody is and may do.
  public func isComplete(_ claims: TokenClaims) -> Bool { claims.at(id) != nil && claims.at(groups) != nil && (human.map { claims.at($0) != nil } ?? true) }

  /// The groups of the claims by what they are called here.
  func groupNames(_ claims: TokenClaims) -> [String] {
    let list = claims.at(groups)?.array ?? claims.at(groups).map { [$0] } ?? []
    return list.prefix(1_000).compactMap(\.string).compactMap { name in
      if let mapped = map[name] { return mapped }
      return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }.filter(People.isName)
  }

  /// Nil where the provider says that it has not been verified.
  private func address(_ claims: TokenClaims) -> String? {
    guard claims.json["email_verified"]?.bool != false, let address = claims.at(email)?.string, address.utf8.count <= 254 else { return nil }
    return address
  }

  private static func text(_ json: JSON) -> String? { json.string ?? json.integer.map { String($0) } }
}
