import JSON
import Permits
import Wire

/// An operator's word for one version of a workflow's policy: which one, who put it in force, and when. A JWS.
public struct BundleSignature: Sendable, Equatable {
  public static let type = "countersign-bundle+jwt"

  public let workflow: String
  public let hash: String
  public let people: [String]
  public let at: Instant

  var claims: JSON {
    [
      "iss": "countersign.operator", "workflow": .string(workflow), "bundle": .string(hash),
      "people": .array(people.map { .string($0) }), "iat": .integer(at.unixSeconds),
    ]
  }

  /// Checks that a key of an operator signed this very version of this very workflow.
  public static func verify(
    _ token: String, workflow: String, hash: String, keys: KeySet
  ) throws(JWSError) -> BundleSignature {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("workflow") == workflow, fields.optionalText("bundle") == hash else {
      throw JWSError("claims", "the signature is for another bundle than \(workflow) \(hash.prefix(12))")
    }
    let people = (try? fields.texts("people")) ?? []
    let at = Instant(microseconds: (fields.optionalInteger("iat") ?? 0) * 1_000_000)
    return BundleSignature(workflow: workflow, hash: hash, people: people, at: at)
  }
}
