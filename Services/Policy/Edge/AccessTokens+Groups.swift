import HTTPTypes
import Host
import Hummingbird
import Identity
import SignOn

extension AccessTokens {
  /// Who asks, of some groups alone.
  ///
  /// - Parameter may: what only they may do, as the end of a sentence.
  /// - Throws: 401, 503, and 403 for anybody else.
  func person(of request: Request, in groups: [String], whoMay may: String) async throws -> Person {
    let person = try await bearer(of: request).person
    guard !Set(person.groups).isDisjoint(with: groups) else {
      throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may \(may).")
    }
    return person
  }
}
