import Foundation
import Host
import Permits
import Wire
import Workflows

/// Every setting of model-adapter besides those of the road.
struct Config {
  enum Model: String { case embedded, openai }

  let road: RoadConfig
  let folders: [URL]
  let sourceBase: String
  let sourceToken: String?
  let tokenKey: [UInt8]
  let vaultKey: [UInt8]
  let policy: KeySource
  /// Whose word opens `POST /v1/look`; nil: nobody's, and there is no such call.
  let reviewers: KeySource?
  let model: Model
  let openAI: OpenAISettings
  let callLimit: Int

  init(_ settings: inout Settings) {
    road = RoadConfig(.modelAdapter, port: 7103, &settings)
    folders = settings.folders("WORKFLOWS", "the folder with one folder for each workflow, and others after commas")
    sourceBase = settings.address("SOURCE_BASE", default: "http://127.0.0.1:7110", "scheme, host and port before the paths of HTTP sources")
    sourceToken = settings.token("SOURCE_TOKEN_FILE", "a file with the bearer token for SOURCE_BASE; without it none is sent")
    tokenKey = settings.secret("TOKEN_KEY_FILE", atLeast: 32, "the key of tokens, the same for all services that take in private values")
    vaultKey = settings.secret("VAULT_KEY_FILE", atLeast: 32, "the key under which this service seals private values of evidence")
    policy = KeySource(settings.text("POLICY_JWKS", "a file or an http URL with policy's public keys; only their permits redeem tokens"))
    reviewers = settings.optional(
      "REVIEWER_JWKS", "a file or an http URL with the reviewer service's public keys: it may ask what sources say before a decision is taken, and for private values that somebody reveals"
    ).map { KeySource($0) }
    let name = settings.text("MODEL_PROVIDER", default: "embedded", "embedded (no network) or openai (any OpenAI-compatible server)")
    if Model(rawValue: name) == nil {
      settings.fail("MODEL_PROVIDER", name, expected: "embedded or openai", remedy: "Set it to embedded, the default, or leave it out.")
    }
    model = Model(rawValue: name) ?? .embedded
    callLimit = settings.integer("CALL_LIMIT", default: 32, in: 1...1000, "calls under way at once, to the model and to each source's host")
    openAI = OpenAISettings(
      base: settings.address("OPENAI_BASE_URL", default: "http://127.0.0.1:8000/v1", "the OpenAI-compatible API, up to and with /v1"),
      model: settings.optional("OPENAI_MODEL", "the model's name there; needed for MODEL_PROVIDER=openai") ?? "",
      key: settings.token("OPENAI_KEY_FILE", "a file with the API key; without it none is sent"), callLimit: callLimit)
    if model == .openai, openAI.model.isEmpty {
      settings.fail("OPENAI_MODEL", nil, expected: "a model's name with MODEL_PROVIDER=openai", remedy: "Set OPENAI_MODEL.")
    }
  }

  /// - Throws: the mistakes in the folder that comes first, naming file and line.
  func workflows() throws -> [String: Workflow] {
    var found: [String: Workflow] = [:]
    for folder in folders {
      let workflow = try Workflow(folder: folder)
      guard found.updateValue(workflow, forKey: workflow.name) == nil else {
        throw WorkflowError("workflow \(workflow.name) stands in two folders; remove one")
      }
    }
    return found
  }
}

extension Settings {
  /// An http or https address without a slash at its end.
  fileprivate mutating func address(_ key: String, default fallback: String, _ meaning: String) -> String {
    var value = text(key, default: fallback, meaning)
    while value.hasSuffix("/") { value.removeLast() }
    if URL(string: value)?.host == nil || !(value.hasPrefix("http://") || value.hasPrefix("https://")) {
      fail(key, value, expected: "an http or https address", remedy: "Set it to \(fallback), the default, or leave it out.")
    }
    return value
  }
}
