import Foundation
import Host
import Identity
import Ledger
import SignOn
import Wire

/// Every setting of audit besides those of the road.
struct Config {
  let road: RoadConfig
  /// The ledger's folder.
  let ledger: String
  /// Empty only where the settings are wrong.
  let signers: [NoteSigner]
  let checkpointSeconds: Int
  let witnesses: WitnessPolicy
  let witnessSeconds: Int
  /// What workflows promise; empty where nobody has told.
  let promises: [Promise]
  /// Opens what an ended case was about; nil where nobody may.
  let endedToken: String?
  /// What runbooks' links begin with.
  let runbooks: String
  /// For how long contents are kept, and how often is looked for those whose time is over.
  let retention: RetentionFile
  let retentionSeconds: Int
  /// Who may place legal holds; nil: nobody is known.
  let people: PeopleFiles?
  let identity: IdentityFile?
  let holdGroups: [String]

  init(_ settings: inout Settings) {
    road = RoadConfig(.audit, port: 7105, &settings)
    ledger = settings.text("LEDGER", "the folder of the ledger: leaves, contents, hashes; backed up beside the database")
    let name = settings.text("LEDGER_NAME", default: "countersign.local/audit", "the ledger's name in its checkpoints; no space, no plus sign")
    let seeds = settings.secrets(
      "SIGNING_KEY_FILE", atLeast: 32,
      "the 32 bytes of the Ed25519 key that signs checkpoints; several files with commas between them: the last one signs, those before it did")
    checkpointSeconds = settings.integer("CHECKPOINT_SECONDS", default: 60, in: 1...86_400, "how often a checkpoint is signed")
    signers = seeds.compactMap { try? NoteSigner(name: name, seed: $0.prefix(32)) }
    if signers.count < seeds.count {
      settings.fail("LEDGER_NAME", name, expected: "a name without spaces and plus signs", remedy: "Leave it out.")
    }
    witnessSeconds = settings.integer(
      "WITNESS_SECONDS", default: 300, in: 1...86_400, "how long a checkpoint may lack cosignatures before people hear of it")
    let folders = settings.folders(
      "WORKFLOWS", default: "", "the folder with one folder for each workflow, and others after commas: their budgets (section slo of policy.yaml); without it there are none")
    do { promises = try Promise.load(folders) } catch {
      promises = []
      settings.fail("WORKFLOWS", nil, expected: "folders with sound policies: \(error)", remedy: "countersign workflow check names each line.")
    }
    endedToken = settings.token(
      "ENDED_TOKEN_FILE", "a file with the bearer token by which intake reads what an ended case was about (its AUDIT_TOKEN_FILE), and nothing else; without it no case is taken up again")
    if let endedToken, endedToken == road.adminToken {
      settings.fail("ENDED_TOKEN_FILE", nil, expected: "another token than that of ADMIN_TOKEN_FILE", remedy: "Make one for intake alone: head -c 24 /dev/urandom | base64.")
    }
    let links = settings.text("RUNBOOKS", default: "deploy/docs/runbooks", "where the runbooks are that alerts link to: an address or a folder")
    runbooks = links.hasSuffix("/") ? links : "\(links)/"
    let declared = settings.optional("RETENTION", "a YAML file: for how long contents are kept, by workflow (deploy/retention.yaml); without it nothing is destroyed")
    do { retention = try declared.map { RetentionFile(try String(contentsOfFile: $0, encoding: .utf8)) } ?? .none } catch {
      retention = .none
      settings.fail("RETENTION", declared, expected: "a file that can be read: \(error.localizedDescription)", remedy: "Name a file like deploy/retention.yaml.")
    }
    for mistake in retention.mistakes { settings.fail("RETENTION", declared, expected: "sound classes: \(mistake)", remedy: "Mend that line.") }
    retentionSeconds = settings.integer("RETENTION_SECONDS", default: 3_600, in: 1...86_400, "how often is looked for contents whose time is over")
    let provider = settings.identity()
    identity = provider
    let named = settings.optional("PEOPLE", "the file of people and their groups (deploy/people.yaml); without it nobody can place a legal hold")
    let tokens = settings.optional("TOKENS_FILE", "a file with a line TOKEN PERSON for each bearer token of the API")
    let directory = named.map { PeopleFiles(people: $0, tokens: tokens ?? "", issuer: provider?.issuer ?? Person.issuer) }
    people = directory
    for mistake in directory?.mistakes ?? [] {
      settings.fail("PEOPLE", named, expected: "people and tokens that fit each other: \(mistake)", remedy: "Mend that line.")
    }
    holdGroups = settings.text(
      "HOLD_GROUPS", default: "compliance-officers,duty-officers", "groups whose members may place legal holds, and end them by two"
    ).split { $0 == "," || $0 == " " }.map(String.init)
    let file = settings.optional("WITNESSES", "a file (C2SP tlog-policy) of the witnesses that cosign checkpoints, and how many must")
    do { witnesses = try file.map(Self.policy) ?? .none } catch {
      witnesses = .none
      settings.fail("WITNESSES", file, expected: "a policy file: \(error)", remedy: "deploy/docs/ledger.md shows one.")
    }
  }

  private static func policy(_ path: String) throws -> WitnessPolicy {
    let policy = try WitnessPolicy(String(contentsOfFile: path, encoding: .utf8))
    if policy.needsWitnesses, let silent = policy.witnesses.first(where: { $0.url == nil }) {
      throw Unusable(description: "witness \(silent.name) has no address, so that it can never be asked")
    }
    return policy
  }

  private struct Unusable: Error, CustomStringConvertible { let description: String }
}
