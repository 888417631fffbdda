import Foundation
import Host
import Wire
import Yams

/// An address that the built-in executor calls for one type of action.
struct WebhookTarget: Sendable, Equatable {
  let url: String
  /// Where the current state of the action's target is read before it is acted on; `{target}` stands for it.
  let state: String?
  let repeatable: Bool
  /// Whether it may be called on the automatic route, without a person's approval.
  let automatic: Bool
  /// Whether what people approved must bear the signature of each one's own key.
  var signed = false
  /// Whether what one person decided alone, under a broken glass, is refused.
  var refusesGlass = false
  /// Whether its host may stand in a private network.
  let isPrivate: Bool
  let bearer: String?
}

/// Reads `webhooks.yaml`. All mistakes are collected, each with its line.
///
///     ticket.close:                       # the type of the action
///       url: https://hooks.example.com/x  # POST; no redirect is followed
///       repeatable: true                  # it keeps to Idempotency-Key (required: true or false)
///       state: https://api.example.com{target}
///       automatic: true                   # default false
///       signed: true                      # default false: approvals without the person's own signature do too
///       refuse_break_glass: true          # default false: what one person decided alone under a broken glass is done, too
///       private: true                     # default false: no private address, and https alone
///       token_file: tokens/hook           # sent as a bearer token
struct WebhooksFile {
  private(set) var mistakes: [String] = []
  private(set) var targets: [String: WebhookTarget] = [:]
  private let folder: URL

  /// - Parameter folder: where relative paths of token files begin.
  init(_ yaml: String, folder: URL) {
    self.folder = folder
    do {
      guard let root = try Yams.compose(yaml: yaml), let mapping = root.mapping else {
        mistakes.append("line 1: expected a mapping of action types")
        return
      }
      for (key, node) in mapping {
        guard let type = key.string, !type.isEmpty else {
          note(key, "expected the type of an action")
          continue
        }
        read(type, node)
      }
    } catch { mistakes.append("expected YAML: \(error)") }
  }

  private mutating func note(_ node: Node, _ text: String) { mistakes.append("line \(node.mark?.line ?? 1): \(text)") }

  private mutating func read(_ type: String, _ node: Node) {
    guard let settings = node.mapping else { return note(node, "\(type): expected url and repeatable") }
    var texts: [String: String] = [:]
    for (key, value) in settings {
      guard let name = key.string, ["url", "state", "repeatable", "automatic", "signed", "refuse_break_glass", "private", "token_file"].contains(name),
        let text = value.scalar?.string, !text.isEmpty, text.utf8.count <= 2_000
      else {
        note(key, "\(type).\(key.string ?? "?"): expected url, state, repeatable, automatic, signed, refuse_break_glass, private or token_file")
        continue
      }
      texts[name] = text
    }
    let isPrivate = flag(type, "private", texts, node) ?? false
    guard let url = address(type, "url", texts["url"], isPrivate, node) else { return }
    guard let repeatable = flag(type, "repeatable", texts, node) else {
      if texts["repeatable"] == nil {
        note(node, "\(type).repeatable: expected true or false: does the address keep to Idempotency-Key?")
      }
      return
    }
    let state = texts["state"].flatMap { address(type, "state", $0, isPrivate, node) }
    targets[type] = WebhookTarget(
      url: url, state: state, repeatable: repeatable, automatic: flag(type, "automatic", texts, node) ?? false,
      signed: flag(type, "signed", texts, node) ?? false, refusesGlass: flag(type, "refuse_break_glass", texts, node) ?? false,
      isPrivate: isPrivate, bearer: texts["token_file"].flatMap { token(type, $0, node) })
  }

  private mutating func flag(_ type: String, _ name: String, _ texts: [String: String], _ node: Node) -> Bool? {
    switch texts[name] {
    case nil: return nil
    case "true": return true
    case "false": return false
    default:
      note(node, "\(type).\(name): expected true or false")
      return nil
    }
  }

  private mutating func address(
    _ type: String, _ name: String, _ text: String?, _ isPrivate: Bool, _ node: Node
  ) -> String? {
    guard let text, let url = URL(string: text.replacing("{target}", with: "")), let host = url.host, !host.isEmpty,
      url.user == nil, url.password == nil, url.fragment == nil,
      url.scheme == "https" || (isPrivate && url.scheme == "http")
    else {
      note(
        node, "\(type).\(name): expected an https address (http too where private is true), without user and fragment")
      return nil
    }
    return text
  }

  private mutating func token(_ type: String, _ path: String, _ node: Node) -> String? {
    let place = path.hasPrefix("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)
    let token = (try? String(contentsOf: place, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      note(node, "\(type).token_file: expected a file that holds one line at \(path)")
      return nil
    }
    return token
  }
}
