import HTTPTypes
import Hummingbird
import JSON
import Logging
import Permits

/// `POST /v1/reveal` {"case", "token", "by", "code"} → {"value"}: one private value of a case, from the service that keeps it, for the reviewer
/// service, which has put down who asked and what for before it asks.
public struct RevealRoute: Sendable {
  private let reviewers: PermitKeys?
  private let logger: Logger
  private let absent: String
  private let value: @Sendable (_ caseID: String, _ token: String) throws -> String?

  /// - Parameters:
  ///   - reviewers: the reviewer service's keys; nil where none are configured: then nothing is revealed.
  ///   - absent: what is told (410) where `value` has none.
  ///   - value: what a token of a case stands for; nil where it is not kept.
  public init(
    reviewers: PermitKeys?, logger: Logger, absent: String, value: @escaping @Sendable (_ caseID: String, _ token: String) throws -> String?
  ) {
    (self.reviewers, self.logger, self.absent, self.value) = (reviewers, logger, absent, value)
  }

  public func add(to router: Router<BasicRequestContext>) {
    router.post("/v1/reveal") { request, _ in
      let bytes = try await request.bytes(upTo: 4 << 10)
      let body = try JSON.parse(bytes)
      guard let caseID = body["case"]?.string, let token = body["token"]?.string, let person = body["by"]?.string else {
        throw Problem(.badRequest, "body", "Members case, token and by were expected.")
      }
      try await LookWord.admit(request.bearerToken, type: LookWord.revealing, for: caseID, bytes, by: reviewers)
      guard let value = try value(caseID, token) else { throw Problem(.gone, "value.gone", absent) }
      logger.info("revealed", metadata: ["case": "\(caseID)", "person": "\(person)", "token": "\(token)"])
      return jsonResponse(["value": .string(value)])
    }
  }
}
