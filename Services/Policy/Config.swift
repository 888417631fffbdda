import Foundation
import Host
import Identity
import JSON
import Permits
import SignOn
import Wire

/// Every setting of policy besides those of the road.
struct Config {
  let road: RoadConfig
  let folders: [URL]
  /// A file; see `Genesis`.
  let genesis: String
  /// Whose signatures of bundles count.
  let operators: KeySource
  let signing: [SigningKey]
  let reviewers: KeySource
  let seeds: Seeds
  let holders: Holders
  let permitMinutes: Int
  /// When decisions count only under the person's own key, and how long a registered key counts.
  let decisionKeys: DecisionKeys
  let decisionKeyHours: Int
  let people: PeopleFiles
  /// Whose access tokens are taken besides those of `TOKENS_FILE`, and who vouches for people; nil: the people file alone.
  let identity: IdentityFile?
  /// Groups whose members may stop automation.
  let stopGroups: [String]
  /// Whose signatures count under a list of exceptions, and groups whose members may approve one.
  let exceptionKeys: ExceptionKeys
  let exceptionGroups: [String]
  /// From which marks of rows are derived; of policy alone, and not among the keys that are rotated.
  let secret: [UInt8]

  init(_ settings: inout Settings) {
    road = RoadConfig(.policy, port: 7102, &settings)
    folders = settings.folders("WORKFLOWS", "the folder with one folder for each workflow, and others after commas")
    genesis = settings.text(
      "GENESIS", "the file that `countersign init` wrote: which bundles the first start takes, and who put them in force")
    operators = KeySource(
      settings.text("OPERATOR_JWKS", "a file with the public keys of operators who may sign bundles (`countersign init` writes it)"))
    signing = settings.secrets(
      "SIGNING_KEY_FILE", atLeast: 32,
      "the Ed25519 keys of permits, several after commas: the last that is not revoked signs, permits under the others still count"
    ).compactMap { try? SigningKey(seed: Array($0.prefix(32))) }
    reviewers = KeySource(
      settings.text("REVIEWER_JWKS", "a file or an http URL with the reviewer service's public keys; the only ones that count"))
    secret = settings.secret(
      "SAMPLING_SEED_FILE", atLeast: 32, "the key from which the seed of each epoch's draw, and marks of rows, are derived")
    seeds = Seeds(
      key: secret,
      seconds: Int64(
        settings.integer(
          "SAMPLING_EPOCH_SECONDS", default: 86_400, in: 1...86_400,
          "how long an epoch of draws lasts, on the clock of the cases; a UTC day unless one is to be seen ending")))
    holders = Holders(
      intake: settings.text("HOLDER_INTAKE", default: "http://127.0.0.1:7101", "where executors redeem tokens of items"),
      modelAdapter: settings.text("HOLDER_MODEL_ADAPTER", default: "http://127.0.0.1:7103", "where they redeem tokens of evidence"))
    permitMinutes = settings.integer("PERMIT_MINUTES", default: 15, in: 1...60, "how long a permit holds")
    let named = settings.text(
      "DECISION_KEYS", default: DecisionKeys.accepted.rawValue,
      "when a decision counts only under the person's own key besides the reviewer's: required, high (at high and critical impact) or accepted (never asked for)")
    decisionKeys = DecisionKeys(rawValue: named) ?? .required
    if DecisionKeys(rawValue: named) == nil {
      settings.fail("DECISION_KEYS", named, expected: "required, high or accepted", remedy: "Set it to required where everybody can sign.")
    }
    decisionKeyHours = settings.integer("DECISION_KEY_HOURS", default: 8, in: 1...24, "how long a person's own key counts after it was registered")
    identity = settings.identity()
    people = PeopleFiles(
      people: settings.text("PEOPLE", "the file of people and their groups (deploy/people.yaml); read again when it changes"),
      tokens: settings.tokensFile(identity), issuer: identity?.issuer ?? Person.issuer)
    for mistake in people.mistakes {
      settings.fail("PEOPLE", people.people, expected: "people and tokens that fit each other: \(mistake)", remedy: "Mend that line.")
    }
    stopGroups = settings.text(
      "STOP_GROUPS", default: "duty-officers,support-leads,finance-leads", "groups whose members may stop automation"
    ).split { $0 == "," || $0 == " " }.map(String.init)
    exceptionGroups = settings.text(
      "EXCEPTION_GROUPS", default: "duty-officers,support-leads,finance-leads", "groups whose members may approve an exception"
    ).split { $0 == "," || $0 == " " }.map(String.init)
    let file = settings.optional(
      "EXCEPTION_KEYS", "a JWKS of Ed25519 keys, each with the member person: whose signatures count under a list of exceptions")
    do {
      exceptionKeys = try file.map { try ExceptionKeys(jwks: JSON.parse(Array(Data(contentsOf: URL(fileURLWithPath: $0))))) } ?? .none
    } catch {
      settings.fail("EXCEPTION_KEYS", file, expected: "a JWKS of people's keys: \(error)", remedy: "countersign exception key prints one.")
      exceptionKeys = .none
    }
  }
}
