import Foundation
import JSON
import Wire

/// An item to publish, and where it stood.
struct Item: Sendable {
  let id: String
  /// Plain JSON as intake takes it.
  let body: [UInt8]
  /// `FILE` or `FILE:LINE`.
  let place: String
}

/// Reads items from JSON and JSON Lines files.
///
/// An item is `{"id", "data"}`, with `workflow` and `source` where they differ from the command's; a file holds one, a list
/// of them, or one a line.
struct ItemReader {
  let workflow: String
  let source: String?

  /// - Throws: where the file or one of its items cannot be read, by file and line.
  func items(of path: String) throws -> [Item] {
    guard let data = FileManager.default.contents(atPath: path) else { throw OperatorError("\(path) cannot be read.") }
    let limits = JSONLimits(bytes: 64 << 20, depth: 128, anyInteger: true)
    if !path.hasSuffix(".jsonl"), let json = try? JSON.parse(Array(data), limits: limits) {
      let elements = json.array ?? [json]
      return try elements.enumerated().map { index, element in
        try item(element, elements.count == 1 ? path : "\(path), item \(index + 1)")
      }
    }
    var items: [Item] = []
    for (number, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 0x0D ? line.dropLast() : line
      guard !line.isEmpty else { continue }
      let place = "\(path):\(number + 1)"
      do { items.append(try item(JSON.parse(Array(line), limits: limits), place)) } catch let error as JSONError {
        throw OperatorError("\(place): \(error)")
      }
    }
    guard !items.isEmpty else { throw OperatorError("\(path) holds no item.") }
    return items
  }

  private func item(_ json: JSON, _ place: String) throws -> Item {
    guard case .object(var object) = json, let id = object["id"]?.string, !id.isEmpty, object["data"] != nil else {
      throw OperatorError("\(place): an object with the members id and data was expected.")
    }
    if object["workflow"] == nil { object["workflow"] = .string(workflow) }
    if object["source"] == nil { object["source"] = source.map { .string($0) } }
    guard object["source"] != nil else { throw OperatorError("\(place): no source. Name it with --source.") }
    // Labels of a labelled set are for whoever measures; the door does not get them.
    let known = ["workflow", "source", "id", "time", "type", "data"]
    return Item(id: id, body: JSON.object(JSONObject(object.members.filter { known.contains($0.key) })).canonical, place: place)
  }
}
