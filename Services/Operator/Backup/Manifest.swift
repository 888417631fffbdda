import Foundation
import JSON
import Storage
import Wire

/// What a backup says of itself (`manifest.json`): of which service it is, and how far that had come.
struct Manifest: Sendable {
  let service: Service
  let isPostgres: Bool
  let madeAt: String
  /// The last number of each stream, by `TOPIC/PARTITION`; of audit the size of its ledger too.
  let numbers: [String: Int64]

  init(service: Service, isPostgres: Bool, madeAt: String, numbers: [String: Int64]) {
    self.service = service
    self.isPostgres = isPostgres
    self.madeAt = madeAt
    self.numbers = numbers
  }

  init(_ directory: String) throws {
    let path = "\(directory)/manifest.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw OperatorError("\(directory) is no backup: it has no manifest.json. Name the folder that `countersign backup` made.")
    }
    guard let json = try? JSON.parse(Array(data)), json["format"]?.integer == 1,
      let service = json["service"]?.string.flatMap(Service.init(rawValue:)), let engine = json["engine"]?.string,
      let madeAt = json["made_at"]?.string, let members = json["numbers"]?.object?.members
    else { throw OperatorError("\(path) is not what `countersign backup` writes. Take another backup.") }
    var numbers: [String: Int64] = [:]
    for member in members { numbers[member.key] = member.value.integer }
    self.init(service: service, isPostgres: engine == "postgresql", madeAt: madeAt, numbers: numbers)
  }

  var json: JSON {
    [
      "format": .integer(1), "service": .string(service.rawValue), "engine": .string(isPostgres ? "postgresql" : "sqlite"),
      "made_at": .string(madeAt),
      "numbers": .object(JSONObject(numbers.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })),
    ]
  }

  /// The last number of each stream of ours. Those of its heads say nothing: they grow by themselves.
  static func numbers(_ store: any Store, of service: Service) throws -> [String: Int64] {
    let rows = try store.read {
      try $0.query("SELECT topic, lane, number FROM numbers WHERE topic <> '*' AND topic <> ?", [.text(service.heads.name)])
    }
    var numbers: [String: Int64] = [:]
    for row in rows {
      if case .text(let topic) = row[0], case .integer(let lane) = row[1], case .integer(let number) = row[2] {
        numbers["\(topic)/\(lane)"] = number
      }
    }
    if service == .audit, case .integer(let size)? = try store.read({ try $0.query("SELECT size FROM ledger", []) }).first?.first {
      numbers["ledger"] = size
    }
    return numbers
  }

  /// The streams that have gone on since, with their numbers then and now.
  func streamsBehind(_ present: [String: Int64]) -> [(stream: String, then: Int64, now: Int64)] {
    present.sorted { $0.key < $1.key }.compactMap { stream, number in
      number > numbers[stream] ?? 0 ? (stream, numbers[stream] ?? 0, number) : nil
    }
  }
}
