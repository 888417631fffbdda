import Foundation

/// Where people and their tokens stand.
public struct PeopleFiles: Sendable {
  public let people: String
  /// Empty where no bearer tokens are taken.
  public let tokens: String
  public let issuer: String

  public init(people: String, tokens: String, issuer: String = Person.issuer) {
    self.people = people
    self.tokens = tokens
    self.issuer = issuer
  }

  public func load() throws -> People {
    try People(
      yaml: String(contentsOfFile: people, encoding: .utf8),
      tokens: tokens.isEmpty ? "" : String(contentsOfFile: tokens, encoding: .utf8), issuer: issuer)
  }

  /// What is wrong with them; nothing where no file is named, which is another mistake.
  public var mistakes: [String] {
    guard !people.isEmpty else { return [] }
    do {
      _ = try load()
      return []
    } catch let error as PeopleError { return error.mistakes } catch { return [error.localizedDescription] }
  }

  /// Changes whenever one of the files does.
  public var stamp: String {
    [people, tokens].map { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(changed)/\(attributes?[.size] ?? 0)/\(attributes?[.systemFileNumber] ?? 0)"
    }.joined(separator: " ")
  }
}
