import Bundles
import FoundationEssentials
import JSON
import JSONSchema
import Lanes
import Storage
import Wire
import Workflows

/// The bundles that this database works with.
///
/// An empty database takes those of the workflow folders once; from then on the database alone says what is in force, and
/// a changed file changes nothing.
struct Shelf: Sendable {
  let policies: [String: Policy]
  /// Files that say something else than the database.
  let ignored: [String]
  let since: [String: Instant]

  static let table = Table(
    "bundles", keyCount: 1,
    [
      Column("workflow", .text), Column("hash", .text), Column("policy", .text), Column("schemas", .text),
      Column("since", .integer),
    ])
  static let migration = Migration("policy-1", [.create(table)])
  /// All of policy's own tables.
  static let migrations = [migration, Stops.migration]

  func policy(_ workflow: String) -> Policy? { policies[workflow] }

  /// - Parameter folders: workflow folders, each with `policy.yaml` and schemas.
  /// - Throws: every mistake in a folder that is read for the first time.
  static func open(_ store: any Store, folders: [URL], now: Instant) throws -> Shelf {
    try store.migrate(schema(of: PolicyState.self, migrations))
    let found = try folders.map { try WorkflowFolder($0) }
    let rows = try stored(store)
    guard rows.isEmpty else { return try kept(rows, found) }
    let loaded = try found.map { ($0, try $0.load()) }
    do {
      try store.transaction { transaction in
        try transaction.insert(
          table,
          loaded.map { folder, policy in
            [
              .text(policy.bundle.workflow), .text(policy.bundle.hash), .text(folder.yaml), .text(folder.schemas.text),
              .integer(now.microseconds),
            ]
          })
      }
    } catch let error as StoreError where error.kind == .refused {
      // Another instance, started in the same moment, was faster: what it took is in force.
      let rows = try stored(store)
      guard !rows.isEmpty else { throw error }
      return try kept(rows, found)
    }
    return Shelf(
      policies: Dictionary(loaded.map { ($1.bundle.workflow, $1) }) { first, _ in first }, ignored: [],
      since: Dictionary(loaded.map { ($1.bundle.workflow, now) }) { first, _ in first })
  }

  private static func stored(_ store: any Store) throws -> [Row] {
    try store.read { try $0.query("SELECT workflow, hash, policy, schemas, since FROM bundles ORDER BY workflow", []) }
  }

  private static func kept(_ rows: [Row], _ found: [WorkflowFolder]) throws -> Shelf {
    var policies: [String: Policy] = [:]
    var since: [String: Instant] = [:]
    for row in rows {
      guard case .text(let workflow) = row[0], case .text(let hash) = row[1], case .text(let yaml) = row[2],
        case .text(let schemas) = row[3], case .integer(let at) = row[4]
      else { throw StoreError(.damaged, "a row of bundles is not what it should be") }
      let folder = WorkflowFolder(name: workflow, yaml: yaml, schemas: try JSON.parse(Array(schemas.utf8), limits: .stored))
      let policy = try folder.load()
      guard policy.bundle.hash == hash else {
        throw StoreError(.damaged, "the stored bundle of \(workflow) does not have its hash \(hash): the row was changed")
      }
      policies[workflow] = policy
      since[workflow] = Instant(microseconds: at)
    }
    let ignored = found.filter { folder in
      guard let own = policies[folder.name] else { return true }
      return (try? folder.load())?.bundle.hash != own.bundle.hash
    }
    return Shelf(policies: policies, ignored: ignored.map(\.name), since: since)
  }
}
