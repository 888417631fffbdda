import Foundation
import Host
import JSON
import JSONSchema
import Lanes
import Vault
import Wire

/// Every setting of intake besides those of the road.
struct Config {
  let road: RoadConfig
  /// Door topics of items; the executors' door is always among those that are read.
  let doors: [String]
  let workflows: [String: Workflow]
  let sources: SourceRegistry
  let tokenKey: [UInt8]
  let vaultKey: [UInt8]
  let policyKeys: KeySource
  let itemLimit: Int
  /// What the built-in executor may call, by the type of the action.
  let webhooks: [String: WebhookTarget]
  let reviewerKeys: KeySource?
  /// Base URLs of services that redeem tokens, besides this one.
  let holders: [String]
  let idempotencyDays: Int
  /// Where ended cases are on record, and what opens them; nil: none is taken up again.
  let auditURL: String?
  let auditToken: String?

  init(_ settings: inout Settings) {
    road = RoadConfig(.intake, port: 7101, &settings)
    doors = settings.text(
      "DOORS", default: "intake",
      "topics with items, separated by commas: intake, and intake.SOURCE for one source alone"
    )
    .split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    for door in doors
    where door != "intake" && !door.hasPrefix("intake.") || door == Topic.replies.name
      || door == Service.intake.dead.name || door == Service.intake.heads.name
    {
      settings.fail("DOORS", door, expected: "intake or intake.SOURCE", remedy: "Leave it out.")
    }
    workflows = Config.readWorkflows(&settings)
    sources = Config.readSources(&settings, workflows)
    tokenKey = settings.secret(
      "TOKEN_KEY_FILE", atLeast: 32, "the key of tokens and of keyed hashes, the same for all services that tokenise")
    vaultKey = settings.secret(
      "VAULT_KEY_FILE", atLeast: 32, "the key under which private values are sealed; not in the database or its backup")
    policyKeys = KeySource(
      settings.text("POLICY_JWKS", "a file or an http URL with policy's public keys, for /v1/redeem"))
    webhooks = Config.readWebhooks(&settings, sources)
    reviewerKeys = settings.optional(
      "REVIEWER_JWKS", "a file or an http URL with the reviewer service's public keys, for WEBHOOKS, for reopening and for revealing private values"
    ).map { KeySource($0) }
    holders = settings.text(
      "HOLDERS", default: "http://127.0.0.1:7103",
      "base URLs of services with which the built-in executor redeems tokens of evidence, separated by commas"
    ).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    auditURL = Config.readAudit(&settings)
    auditToken = settings.token("AUDIT_TOKEN_FILE", "a file with the bearer token that opens ended cases at AUDIT_URL (audit's ENDED_TOKEN_FILE)")
    if auditURL != nil, auditToken == nil {
      settings.fail("AUDIT_TOKEN_FILE", nil, expected: "a file with a token, where AUDIT_URL is set", remedy: "Name the file, or leave AUDIT_URL out.")
    }
    idempotencyDays = settings.integer(
      "IDEMPOTENCY_DAYS", default: 30, in: 7...3_650, "how long an item's id is remembered, at least")
    itemLimit = settings.integer("ITEM_LIMIT", default: 256 << 10, in: 1_024...(512 << 10), "bytes of an item at most")
  }

  var decider: IntakeDecider {
    IntakeDecider(
      door: Door(
        workflows: workflows, sources: sources, tokeniser: Tokeniser(key: tokenKey), sealer: Sealer(key: vaultKey),
        hashes: ItemHashes(key: tokenKey)),
      reader: EnvelopeReader(limit: itemLimit), executions: ExecutionReader(sources: sources), webhooks: webhooks)
  }

  private static func readWebhooks(_ settings: inout Settings, _ sources: SourceRegistry) -> [String: WebhookTarget] {
    let meaning = "a YAML file of the addresses that the built-in executor `webhook` calls; without it, it does nothing"
    guard let path = settings.optional("WEBHOOKS", meaning) else { return [:] }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      settings.fail("WEBHOOKS", path, expected: "a file that can be read", remedy: "Name the file, or leave the key out.")
      return [:]
    }
    let file = WebhooksFile(text, folder: URL(fileURLWithPath: path).deletingLastPathComponent())
    for mistake in file.mistakes {
      settings.fail("WEBHOOKS", path, expected: "a sound file: \(mistake)", remedy: "Mend that line.")
    }
    if sources.keys(ofExecutor: Webhook.executor) != nil {
      settings.fail(
        "WEBHOOKS", path, expected: "no executor `webhook` in SOURCES beside the built-in one", remedy: "Give that one another name.")
    }
    return file.targets
  }

  private static func readAudit(_ settings: inout Settings) -> String? {
    let meaning = "where audit's API is: the content of ended cases is there, for appeals and reopening; without it none is taken up again"
    guard let url = settings.optional("AUDIT_URL", meaning) else { return nil }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      settings.fail("AUDIT_URL", url, expected: "an address that begins with http:// or https://", remedy: "Set it to http://audit:7105, for example.")
      return nil
    }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  private static func readWorkflows(_ settings: inout Settings) -> [String: Workflow] {
    var found: [String: Workflow] = [:]
    for folder in settings.folders("WORKFLOWS", "the folder with one folder for each workflow, and others after commas")
    {
      do {
        let workflow = try Workflow(folder: folder)
        if found.updateValue(workflow, forKey: workflow.name) != nil {
          settings.fail(
            "WORKFLOWS", workflow.name, expected: "each workflow once", remedy: "Leave one of the two folders out.")
        }
      } catch {
        settings.fail(
          "WORKFLOWS", folder.path, expected: "a folder with sound schemas: \(error)", remedy: "Mend the schema.")
      }
    }
    return found
  }

  private static func readSources(_ settings: inout Settings, _ workflows: [String: Workflow]) -> SourceRegistry {
    let path = settings.text("SOURCES", "the file of registered sources and executors (deploy/sources.yaml)")
    let secrets = settings.optional(
      "SECRETS", "the folder in which relative paths of SOURCES begin; without it that of SOURCES")
    guard !path.isEmpty else { return SourceRegistry(sources: [], executors: [:]) }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      settings.fail(
        "SOURCES", path, expected: "a file that can be read", remedy: "Name deploy/sources.yaml, for example.")
      return SourceRegistry(sources: [], executors: [:])
    }
    let folder = secrets.map { URL(fileURLWithPath: $0) } ?? URL(fileURLWithPath: path).deletingLastPathComponent()
    let file = SourcesFile(text, folder: folder)
    for mistake in file.mistakes {
      settings.fail("SOURCES", path, expected: "a sound file: \(mistake)", remedy: "Mend that line.")
    }
    return file.registry
  }
}
