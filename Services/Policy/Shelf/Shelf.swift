import Bundles
import FoundationEssentials
import JSON
import JSONSchema
import Lanes
import Permits
import Storage
import Wire
import Workflows

/// The bundles that this database works with.
///
/// An empty database takes the signed ones of the genesis, once; from then on the database alone says what is in force, and
/// a changed file changes nothing. A row counts only with its own hash and an operator's signature for it.
struct Shelf: Sendable {
  let policies: [String: Policy]
  /// By workflow.
  let signatures: [String: String]
  let since: [String: Instant]
  /// What this installation began with.
  let genesis: Genesis
  /// Files that say something else than the database.
  let ignored: [String]
  /// GENESIS is another one than this installation began with.
  let ignoresGenesis: Bool

  private static let columns = [
    Column("workflow", .text), Column("hash", .text), Column("policy", .text), Column("schemas", .text), Column("since", .integer),
  ]
  private static let unsigned = Table("bundles", keyCount: 1, columns)
  static let table = Table("bundles", keyCount: 1, columns + [Column("signature", .text)])
  private static let genesisTable = Table("genesis", keyCount: 1, [Column("id", .integer), Column("body", .text)])
  /// All of policy's own tables.
  static let migrations = [
    Migration("policy-1", [.create(unsigned)]), Stops.migration,
    Migration("policy-3", [.sql("ALTER TABLE bundles ADD COLUMN signature TEXT NOT NULL DEFAULT ''"), .create(genesisTable)]),
  ]

  func policy(_ workflow: String) -> Policy? { policies[workflow] }

  /// What an operator should know: files that change nothing.
  var warnings: [String] {
    let files = ignored.map { name in
      policies[name] == nil
        ? "the folder \(name) is new here and is ignored: this installation was founded without it, no bundle of it is in force, and its items end as failed (gate.missing)"
        : "\(name)/policy.yaml differs from the bundle in force and is ignored; propose a change instead"
    }
    guard ignoresGenesis else { return files }
    return files + ["GENESIS is not what this installation began with on \(genesis.at) and is ignored: it is founded once"]
  }

  /// - Parameters:
  ///   - folders: workflow folders, each with `policy.yaml` and schemas.
  ///   - genesis: what `countersign init` wrote, or why it cannot be read; looked at only where the database is empty.
  ///   - operators: whose signatures count.
  /// - Throws: at the first start, what of the folders is not exactly what was signed; `StoreError`, `damaged`, for rows that
  ///   nobody signed.
  static func open(
    _ store: any Store, folders: [URL], genesis: Result<Genesis, any Error>, operators: KeySet, now: Instant
  ) throws -> Shelf {
    try store.migrate(schema(of: PolicyState.self, migrations))
    let found = try folders.map { try WorkflowFolder($0) }
    func kept() throws -> Shelf? {
      let rows = try stored(store)
      return rows.isEmpty ? nil : try Shelf(rows, founded(store), found, genesis, operators)
    }
    if let shelf = try kept() { return shelf }
    let (founding, loaded) = try first(found, genesis, operators)
    let signatures = Dictionary(uniqueKeysWithValues: founding.bundles.map { ($0.workflow, $0.signature) })
    do {
      try store.transaction { transaction in
        try transaction.insert(genesisTable, [[.integer(1), .text(founding.json.text)]])
        try transaction.insert(
          table,
          loaded.map { folder, policy in
            [
              .text(policy.bundle.workflow), .text(policy.bundle.hash), .text(folder.yaml), .text(folder.schemas.text),
              .integer(now.microseconds), .text(signatures[policy.bundle.workflow] ?? ""),
            ]
          })
      }
    } catch let error as StoreError where error.kind == .refused {
      // Another instance, started in the same moment, was faster: what it took is in force.
      guard let shelf = try kept() else { throw error }
      return shelf
    }
    return Shelf(
      policies: Dictionary(uniqueKeysWithValues: loaded.map { ($1.bundle.workflow, $1) }), signatures: signatures,
      since: Dictionary(uniqueKeysWithValues: loaded.map { ($1.bundle.workflow, now) }), genesis: founding, ignored: [],
      ignoresGenesis: false)
  }

  /// What the first start takes: exactly what was signed, by a key that is trusted.
  private static func first(
    _ found: [WorkflowFolder], _ genesis: Result<Genesis, any Error>, _ operators: KeySet
  ) throws -> (Genesis, [(folder: WorkflowFolder, policy: Policy)]) {
    let founding: Genesis
    do { founding = try genesis.get() } catch { throw GenesisError("This is the first start, and GENESIS cannot be used: \(error).") }
    do { try founding.verify(operators) } catch {
      throw GenesisError("GENESIS does not count: \(error). OPERATOR_JWKS must hold the public key that signed it.")
    }
    let loaded = try WorkflowFolder.loadAll(found)
    let differences = founding.differences(from: loaded)
    guard differences.isEmpty else {
      throw GenesisError(
        "WORKFLOWS is not what \(founding.founders.map(\.name).joined(separator: " and ")) put in force on \(founding.at):"
          + differences.map { "\n  \($0)" }.joined()
          + "\nPut the signed files back; or, as nothing has begun yet, remove the file of GENESIS and run `countersign init` again.")
    }
    return (founding, loaded)
  }

  private static func stored(_ store: any Store) throws -> [Row] {
    try store.read {
      try $0.query("SELECT workflow, hash, policy, schemas, since, signature FROM bundles ORDER BY workflow", [])
    }
  }

  private static func founded(_ store: any Store) throws -> Genesis {
    let rows = try store.read { try $0.query("SELECT body FROM genesis WHERE id = 1", []) }
    guard case .text(let body) = rows.first?.first, let json = try? JSON.parse(Array(body.utf8), limits: .stored),
      let genesis = try? Genesis(json)
    else { throw StoreError(.damaged, "this database has bundles and no genesis: it was begun before bundles were signed, or changed") }
    return genesis
  }

  private init(
    _ rows: [Row], _ founded: Genesis, _ found: [WorkflowFolder], _ given: Result<Genesis, any Error>, _ operators: KeySet
  ) throws {
    var policies: [String: Policy] = [:]
    var since: [String: Instant] = [:]
    var signatures: [String: String] = [:]
    for row in rows {
      guard case .text(let workflow) = row[0], case .text(let hash) = row[1], case .text(let yaml) = row[2],
        case .text(let schemas) = row[3], case .integer(let at) = row[4], case .text(let signature) = row[5]
      else { throw StoreError(.damaged, "a row of bundles is not what it should be") }
      let folder = WorkflowFolder(name: workflow, yaml: yaml, schemas: try JSON.parse(Array(schemas.utf8), limits: .stored))
      let policy = try folder.load()
      guard policy.bundle.hash == hash else {
        throw StoreError(.damaged, "the stored bundle of \(workflow) does not have its hash \(hash): the row was changed")
      }
      do { _ = try BundleSignature.verify(signature, workflow: workflow, hash: hash, keys: operators) } catch {
        throw StoreError(.damaged, "the stored bundle of \(workflow) is not signed by an operator of OPERATOR_JWKS: \(error)")
      }
      policies[workflow] = policy
      since[workflow] = Instant(microseconds: at)
      signatures[workflow] = signature
    }
    let ignored = found.filter { folder in
      guard let own = policies[folder.name] else { return true }
      return (try? folder.load())?.bundle.hash != own.bundle.hash
    }
    var ignoresGenesis = false
    // A file that is gone says nothing else than the database.
    if case .success(let other) = given { ignoresGenesis = other.digest != founded.digest }
    self.init(
      policies: policies, signatures: signatures, since: since, genesis: founded, ignored: ignored.map(\.name),
      ignoresGenesis: ignoresGenesis)
  }

  private init(
    policies: [String: Policy], signatures: [String: String], since: [String: Instant], genesis: Genesis, ignored: [String],
    ignoresGenesis: Bool
  ) {
    self.policies = policies
    self.signatures = signatures
    self.since = since
    self.genesis = genesis
    self.ignored = ignored
    self.ignoresGenesis = ignoresGenesis
  }
}
