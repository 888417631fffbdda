/// One person's word that waits for another one's.
public struct FirstWord: Sendable, Equatable {
  public let person: String
  /// Whose account it is: two accounts of one human are one.
  public let human: String
  /// µs.
  public let at: Int64

  public init(person: String, human: String, at: Int64) { (self.person, self.human, self.at) = (person, human, at) }

  public enum Answer: Sendable, Equatable {
    /// It is the first: nobody has said so before, or too long ago.
    case first
    /// Two people have said so.
    case second
    /// Whoever says so has said so before, and would be both.
    case samePerson
  }

  /// - Parameters:
  ///   - before: what was said before.
  ///   - time: for how long that counts, µs.
  public func answer(after before: FirstWord?, within time: Int64) -> Answer {
    guard let before, at - before.at <= time else { return .first }
    return before.human != human && before.person != person ? .second : .samePerson
  }
}
