import HTTPTypes
import Host
import Hummingbird
import Identity

extension LivePeople {
  /// Who asks. - Throws: 401 where no known person's token comes with it.
  func bearer(of request: Request) throws(Problem) -> Person {
    guard let token = request.bearerToken, let person = now.person(token: token) else {
      throw Problem(.unauthorized, "unauthorized", "The bearer token of a known person was expected.")
    }
    return person
  }

  /// Who asks, of some groups alone.
  ///
  /// - Parameter may: what only they may do, as the end of a sentence.
  /// - Throws: 401, and 403 for anybody else.
  func bearer(of request: Request, in groups: [String], whoMay may: String) throws(Problem) -> Person {
    let person = try bearer(of: request)
    guard !Set(person.groups).isDisjoint(with: groups) else {
      throw Problem(.forbidden, "forbidden", "Only \(groups.joined(separator: ", ")) may \(may).")
    }
    return person
  }
}
