import Foundation
import Testing

/// Who may import whom. This table is the architecture: a new arrow is drawn here first, with a reason.
@Suite struct LayersTests {
  /// Our own modules that each folder may import; whatever else a file imports comes from outside the project.
  static let table: [String: Set<String>] = [
    "Shared/JSON": ["CSimdjson"],
    "Shared/Domain": [],
    "Shared/Statistics": [],
    "Shared/Wire": ["JSON"],
    "Shared/CEL": ["CRE2"],
    "Shared/JSONSchema": ["JSON", "CRE2"],
    "Shared/Bundles": ["Domain", "JSON", "CEL", "CRE2"],
    "Shared/Workflows": ["Domain", "JSON", "JSONSchema", "Bundles", "Permits", "Wire"],
    "Shared/Ledger": ["JSON", "Wire"],
    "Shared/Vault": ["JSON", "Wire", "Permits"],
    "Shared/Permits": ["JSON", "Wire"],
    "Shared/Identity": ["JSON", "Wire"],
    // The provider of identities over HTTP, for the services whose people it knows.
    "Shared/SignOn": ["JSON", "Wire", "Identity", "Host"],
    "Shared/Messaging": ["Wire"],
    "Shared/KafkaBus": ["Messaging", "Wire", "CRdKafka"],
    "Shared/Storage": ["CPostgres"],
    "Shared/Lanes": ["JSON", "Wire", "Messaging", "Storage"],
    "Shared/Host": ["JSON", "Wire", "Permits", "Messaging", "Storage", "Lanes", "KafkaBus"],
    "Services/Intake": road.union(["Bundles", "Workflows", "JSONSchema", "Vault"]),
    "Services/Policy": road.union(["Bundles", "Workflows", "Identity", "SignOn", "JSONSchema"]),
    "Services/ModelAdapter": road.union(["Bundles", "Workflows", "JSONSchema", "Vault", "Embedded"]),
    "Services/Reviewer": road.union(["Identity", "SignOn", "JSONSchema", "Vault"]),
    // Budgets are declared in the workflows' folders; named people place legal holds.
    "Services/Audit": road.union(["Ledger", "Statistics", "Vault", "Bundles", "Workflows", "Identity", "SignOn"]),
    // `workflow check` trains the embedded model as model-adapter does at its start.
    "Services/Operator": ["JSON", "Domain", "Wire", "CEL", "JSONSchema", "Bundles", "Workflows", "Identity", "Embedded", "Ledger", "Permits", "Messaging", "KafkaBus", "Storage"],
  ]
  static let road: Set<String> = ["JSON", "Domain", "Wire", "Permits", "Messaging", "Storage", "Lanes", "Host"]

  static var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  static var ours: Set<String> {
    Set(table.keys.map { String($0.split(separator: "/")[1]) }).union(["CSimdjson", "CRE2", "CRdKafka", "CPostgres", "CJemalloc", "Embedded"])
  }

  @Test(arguments: table.keys.sorted())
  func importsOnlyWhatTheTableAllows(folder: String) throws {
    let allowed = try #require(Self.table[folder])
    let url = Self.root.appendingPathComponent(folder)
    let files = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    for file in files ?? [] {
      let text = try String(contentsOf: url.appendingPathComponent(file), encoding: .utf8)
      for line in text.split(separator: "\n") where line.hasPrefix("import ") || line.hasPrefix("@testable import ") {
        let module = String(line.split(separator: " ").last ?? "")
        guard Self.ours.contains(module) else { continue }
        #expect(allowed.contains(module), "\(folder)/\(file) imports \(module)")
      }
    }
  }

  @Test func everyFolderIsInTheTable() throws {
    for parent in ["Shared", "Services"] {
      let url = Self.root.appendingPathComponent(parent)
      for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() where !name.hasPrefix("C") || name == "CEL" {
        #expect(Self.table["\(parent)/\(name)"] != nil, "\(parent)/\(name) is missing in the table")
      }
    }
  }
}
