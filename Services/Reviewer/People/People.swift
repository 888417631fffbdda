import Crypto
import Foundation
import Wire
import Yams

/// Somebody who may decide.
struct Person: Sendable, Equatable {
  let id: String
  let name: String
  let groups: [String]

  /// Who vouches for these names; a person is issuer and subject together.
  static let issuer = "countersign.demo"
  var full: String { "\(Person.issuer) \(id)" }
}

/// The named people of a demo and their bearer tokens.
struct People: Sendable {
  let all: [Person]
  /// By SHA-256 of the token, so that a look-up tells nothing about its characters.
  private let tokens: [[UInt8]: Person]

  /// - Parameters:
  ///   - yaml: `people:`, a list of `{id, name, groups}`.
  ///   - tokens: lines `TOKEN PERSON`.
  /// - Throws: what is wrong, with the person's place in the list.
  init(yaml: String, tokens: String) throws {
    guard let root = try Yams.load(yaml: yaml) as? [String: Any], let list = root["people"] as? [[String: Any]] else {
      throw WireError("people: a list of {id, name, groups} was expected")
    }
    all = try list.enumerated().map { index, entry in
      guard let id = entry["id"] as? String, let name = entry["name"] as? String, let groups = entry["groups"] as? [String] else {
        throw WireError("people[\(index)]: id, name and groups were expected")
      }
      return Person(id: id, name: name, groups: groups)
    }
    var found: [[UInt8]: Person] = [:]
    for (number, line) in tokens.split(separator: "\n").enumerated() {
      let parts = line.split(separator: " ")
      guard parts.count == 2, let person = all.first(where: { $0.id == parts[1] }) else {
        throw WireError("tokens, line \(number + 1): TOKEN PERSON was expected, a person of the people file")
      }
      found[sha256(parts[0].utf8)] = person
    }
    self.tokens = found
  }

  func person(token: String) -> Person? { tokens[sha256(token.utf8)] }
  func person(id: String) -> Person? { all.first { $0.id == id } }
  func members(of group: String) -> [Person] { all.filter { $0.groups.contains(group) } }
}
