import Domain
import Foundation
import Storage
import Wire

/// What of somebody's tasks is listed: each filter is a member of the list's address, so that a list can be shared and kept.
struct TaskFilter: Sendable, Equatable {
  /// A queue, or a group that is asked.
  var queue: String?
  var workflow: String?
  var risk: String?
  /// Words of the reason, or the last digits of a case.
  var search: String?

  var isEmpty: Bool { self == TaskFilter() }

  /// - Parameter member: of the query; an empty one is none. An impact that there is none of is none.
  init(_ member: (String) -> String?) {
    func text(_ name: String) -> String? {
      member(name).map { String($0.filter { $0 != "\0" }.prefix(80)) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    // Forms send a space as a plus.
    (queue, workflow, search) = (text("queue"), text("workflow"), text("q")?.replacing("+", with: " "))
    risk = text("risk").flatMap { Risk(rawValue: $0)?.rawValue }
  }

  init(queue: String? = nil) { self.queue = queue }

  /// Conditions to follow others, with their arguments.
  var sql: (text: String, arguments: [Value]) {
    var text = "", arguments: [Value] = []
    if let queue {
      text += " AND (queue = ? OR asked LIKE ?)"
      let name = queue.filter { $0 != "%" }
      arguments += [.text(name), .text("%|\(name)|%")]
    }
    if let workflow {
      text += " AND workflow = ?"
      arguments.append(.text(workflow))
    }
    if let risk {
      text += " AND risk = ?"
      arguments.append(.text(risk))
    }
    if let search {
      let escaped = search.lowercased().replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_")
      text += " AND (lower(title) LIKE ? ESCAPE '!' OR key LIKE ? ESCAPE '!')"
      arguments += [.text("%\(escaped)%"), .text("%\(escaped)")]
    }
    return (text, arguments)
  }

  /// As it stands in an address, after the state; empty where nothing is filtered.
  var query: String {
    [("queue", queue), ("workflow", workflow), ("risk", risk), ("q", search)].compactMap { name, value in
      value.map { "&\(name)=" + ($0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "") }
    }.joined()
  }

  private static let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
