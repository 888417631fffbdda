import HTTPTypes
import Permits
import Wire

extension LookWord {
  /// Lets a question through that the reviewer service itself asks.
  ///
  /// - Parameters:
  ///   - bearer: the request's bearer token.
  ///   - body: of the request, whole.
  ///   - reviewers: the reviewer service's keys; nil where none are configured: then nothing is let through.
  ///   - asked: what the word must be for, in words.
  /// - Throws: 401 unless it is the reviewer service's word of this type for exactly this body; 503 where its keys cannot be had.
  public static func admit(
    _ bearer: String?, type: String = LookWord.type, for caseID: String, _ body: [UInt8], by reviewers: PermitKeys?, asked: String = "question"
  ) async throws {
    guard let keys = try await reviewers?.current(), let bearer, let word = try? verify(bearer, keys: keys, type: type),
      word.isFor(caseID, body, at: Instant.now.unixSeconds)
    else { throw Problem(.unauthorized, "unauthorized", "The reviewer service's word for this very \(asked) was expected.") }
  }
}
