import Embedded
import Foundation
import JSON
import JSONSchema

/// A workflow's folder as it is shipped, and the model made of it.
struct Folder {
  let kind: EmbeddedModel.Kind
  let labelled: [JSON]
  let approved: [JSON]
  let template: ActionTemplate
  let model: EmbeddedModel

  static let deploy = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../../deploy").standardizedFileURL
  static let seed = Result { try json("world/seed.json") }
  /// Trained once for all tests.
  static let all = Result { try EmbeddedModel.Kind.allCases.filter { $0 != .generic }.map { try Folder($0) } }

  init(_ kind: EmbeddedModel.Kind) throws {
    self.kind = kind
    let folder = "workflows/\(kind.rawValue)"
    labelled = try Self.lines("\(folder)/labelled.jsonl")
    approved = (try? Self.lines("\(folder)/approved.jsonl")) ?? []
    template = ActionTemplate(try Self.json("\(folder)/action.template.json"))
    model = try EmbeddedModel(kind: kind, labelled: labelled, approved: approved, action: template)
  }

  static func of(_ kind: EmbeddedModel.Kind) throws -> Folder {
    try all.get().first { $0.kind == kind } ?? Folder(kind)
  }

  static func json(_ path: String) throws -> JSON {
    try JSON.parse([UInt8](Data(contentsOf: deploy.appending(path: path))))
  }

  static func lines(_ path: String) throws -> [JSON] {
    try [UInt8](Data(contentsOf: deploy.appending(path: path))).split(separator: 0x0A).map { try JSON.parse($0) }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: deploy.appending(path: path), encoding: .utf8)
  }

  /// All schemas of a folder, by their file names.
  static func schemas(_ path: String) throws -> [String: JSON] {
    let names = try FileManager.default.contentsOfDirectory(atPath: deploy.appending(path: path).path)
    return try Dictionary(
      uniqueKeysWithValues: names.filter { $0.hasSuffix(".schema.json") }.map { ($0, try json("\(path)/\($0)")) })
  }

  func schema(_ name: String) throws -> Schema {
    try Schema(compiling: Self.json("workflows/\(kind.rawValue)/\(name).schema.json"), formats: .assert)
  }

  /// The samples, by their ids.
  func samples() throws -> [(id: String, data: JSON)] {
    let folder = Self.deploy.appending(path: "workflows/\(kind.rawValue)/samples")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
      .map {
        let item = try Self.json("workflows/\(kind.rawValue)/samples/\($0)")
        return (item["id"]?.string ?? "", item["data"] ?? .null)
      }
  }

  /// The request with the evidence that the connectors would fetch from the demo's system of record.
  func request(_ data: JSON) throws -> ModelRequest {
    let seed = try Self.seed.get()
    func found(_ name: String, _ list: String, _ id: JSON?) -> JSON {
      let record = seed[list]?.array?.first { $0["id"] == id }
      return ["name": .string(name), "found": .bool(record != nil), "age": 1, "fields": record ?? .null]
    }
    func listed(_ name: String, _ list: String) -> JSON {
      let order = data["order"] ?? .null
      let items = seed[list]?.array?.filter { $0["order"] == order && !order.isNull } ?? []
      return ["name": .string(name), "age": 1, "fields": ["order": order, "items": .array(items)]]
    }
    let sources: [JSON] =
      switch kind {
      case .ticketSummary: [found("ticket", "tickets", data["ticket"])]
      case .replyDraft: [found("thread", "mails", data["thread"])]
      case .accessRequest: [found("entitlements", "entitlements", data["person"])]
      case .invoiceException:
        [
          found("invoice", "invoices", data["invoice"]), found("order", "purchase-orders", data["order"]),
          listed("receipts", "goods-receipts"), listed("invoices", "invoices"),
        ]
      case .complianceClass: [found("classification", "classifications", data["matter"])]
      case .generic: []
      }
    return ModelRequest(workflow: kind.rawValue, data: data, sources: sources, current: sources.first?["fields"])
  }

  func answer(_ data: JSON) throws -> ModelAnswer { model.propose(try request(data)) }

  /// A sample with some members changed.
  func sample(_ id: String, _ changes: (String, JSON)...) throws -> JSON {
    guard var members = try samples().first(where: { $0.id == id })?.data.object else { return .null }
    for (key, value) in changes { members[key] = value }
    return .object(members)
  }
}
