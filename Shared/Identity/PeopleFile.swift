import Wire
import Yams

/// Why the people of an installation cannot be used: every mistake with its place.
public struct PeopleError: Error, CustomStringConvertible {
  public let mistakes: [String]
  public var description: String { mistakes.joined(separator: "; ") }
}

extension People {
  /// - Parameters:
  ///   - yaml: `people:`, a list of `{id, name, groups, stands_in?, duty?, person_claim?, email?}`; `email` is a verified address.
  ///   - issuer: who vouches for these names; the identity provider, where there is one.
  ///   - tokens: a line `TOKEN PERSON` for each bearer token; empty lines and those that begin with `#` do not count.
  public init(yaml: String, tokens: String, issuer: String = Person.issuer) throws {
    var mistakes: [String] = []
    let people = try People.read(yaml, issuer, &mistakes)
    var read: [Token] = []
    for (number, line) in tokens.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let parts = line.split(whereSeparator: \.isWhitespace)
      guard !parts.isEmpty, !line.hasPrefix("#") else { continue }
      guard parts.count == 2, parts[0].utf8.count >= 16, people.contains(where: { $0.id == parts[1] }) else {
        mistakes.append("tokens, line \(number + 1): a token of at least 16 characters and a person of the people file were expected")
        continue
      }
      read.append(Token(digest: sha256(parts[0].utf8), person: String(parts[1])))
    }
    guard mistakes.isEmpty else { throw PeopleError(mistakes: mistakes) }
    let claims = Dictionary(grouping: people.filter { $0.claim.contains("@") }, by: \.claim)
    self.init(people, tokens: read, sharedEmails: claims.filter { $1.count > 1 }.keys.sorted(), issuer: issuer)
  }

  private static func read(_ yaml: String, _ issuer: String, _ mistakes: inout [String]) throws -> [Person] {
    guard let root = try Yams.load(yaml: yaml) as? [String: Any], let list = root["people"] as? [Any] else {
      throw PeopleError(mistakes: ["people: a list of {id, name, groups} was expected"])
    }
    var people: [Person] = []
    for (index, element) in list.enumerated() {
      guard let entry = element as? [String: Any], let id = entry["id"] as? String, isName(id),
        let name = entry["name"] as? String, !name.isEmpty, let groups = entry["groups"] as? [String], groups.allSatisfy(isName)
      else {
        mistakes.append("people[\(index)]: id, name and a list of groups were expected")
        continue
      }
      for key in entry.keys.sorted() where !["id", "name", "groups", "stands_in", "duty", "person_claim", "email"].contains(key) {
        mistakes.append("people[\(index)].\(key): nothing reads this")
      }
      let standsIn = entry["stands_in"] as? [String] ?? []
      if !standsIn.allSatisfy(isName) || (entry["stands_in"] != nil && !(entry["stands_in"] is [String])) {
        mistakes.append("people[\(index)].stands_in: a list of groups was expected")
      }
      if people.contains(where: { $0.id == id }) { mistakes.append("people[\(index)]: \(id) is there already") }
      people.append(
        Person(
          id: id, name: name, groups: groups, isDutyOfficer: entry["duty"] as? Bool ?? false,
          claim: entry["person_claim"] as? String ?? (entry["email"] as? String)?.lowercased() ?? id, issuer: issuer,
          standsIn: standsIn))
    }
    return people
  }

  /// What ids of people and names of groups look like.
  public static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 80
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || "-_.@".utf8.contains($0)
      }
  }
}
