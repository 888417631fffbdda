import Host
import Ledger
import Wire

/// Every setting of audit besides those of the road.
struct Config {
  let road: RoadConfig
  /// The ledger's folder.
  let ledger: String
  let signer: NoteSigner?
  let checkpointSeconds: Int

  init(_ settings: inout Settings) {
    road = RoadConfig(.audit, port: 7105, &settings)
    ledger = settings.text("LEDGER", "the folder of the ledger: leaves, contents, hashes; backed up beside the database")
    let name = settings.text("LEDGER_NAME", default: "countersign.local/audit", "the ledger's name in its checkpoints; no space, no plus sign")
    let seed = settings.secret("SIGNING_KEY_FILE", atLeast: 32, "the 32 bytes of the Ed25519 key that signs checkpoints")
    checkpointSeconds = settings.integer("CHECKPOINT_SECONDS", default: 60, in: 1...86_400, "how often a checkpoint is signed")
    signer = try? NoteSigner(name: name, seed: seed.prefix(32))
    if signer == nil, !seed.isEmpty {
      settings.fail("LEDGER_NAME", name, expected: "a name without spaces and plus signs", remedy: "Leave it out.")
    }
  }
}
