import Foundation
import Host
import Wire
import Yams

/// Reads the channels by which people are called (`NOTIFY`). All mistakes are collected, each with its line.
///
///     slack:                        # the name that ladders use: email, slack or pagerduty
///       kind: slack                 # slack, pagerduty or webhook
///       url_file: secrets/slack     # Slack's address is a secret; elsewhere `url` will do
///       fallback: pagerduty         # who takes over where it does not deliver
///     pagerduty:
///       kind: pagerduty
///       key_file: secrets/pagerduty # the integration's routing key; of a webhook, the secret under which it is signed
///       url: https://events.pagerduty.com/v2/enqueue   # (default)
///       private: true               # default false: no private address, and https alone
struct ChannelsFile {
  private(set) var mistakes: [String] = []
  private(set) var channels: [String: Channel] = [:]
  private let folder: URL

  static let pagerDuty = "https://events.pagerduty.com/v2/enqueue"
  /// What ladders may name besides `none`.
  static let names = ["email", "slack", "pagerduty"]
  private static let members = ["kind", "url", "url_file", "key_file", "fallback", "private"]

  /// - Parameter folder: where relative paths of files begin.
  init(_ yaml: String, folder: URL) {
    self.folder = folder
    do {
      guard let mapping = try Yams.compose(yaml: yaml)?.mapping else {
        mistakes.append("line 1: expected a mapping of channels")
        return
      }
      for (key, node) in mapping {
        guard let name = key.string, Self.names.contains(name) else {
          note(key, "expected a channel that ladders can name: \(Self.names.joined(separator: ", "))")
          continue
        }
        read(name, node)
      }
    } catch { mistakes.append("expected YAML: \(error)") }
    for channel in channels.values.sorted(by: { $0.name < $1.name }) { checkFallback(channel) }
  }

  private mutating func note(_ node: Node, _ text: String) { mistakes.append("line \(node.mark?.line ?? 1): \(text)") }

  private mutating func read(_ name: String, _ node: Node) {
    guard let settings = node.mapping else { return note(node, "\(name): expected kind and its address") }
    var texts: [String: String] = [:]
    for (key, value) in settings {
      guard let member = key.string, Self.members.contains(member), let text = value.scalar?.string, !text.isEmpty,
        text.utf8.count <= 2_000
      else {
        note(key, "\(name).\(key.string ?? "?"): expected \(Self.members.joined(separator: ", "))")
        continue
      }
      texts[member] = text
    }
    if let flag = texts["private"], !["true", "false"].contains(flag) { note(node, "\(name).private: expected true or false") }
    let isPrivate = texts["private"] == "true"
    guard let kind = kind(name, texts, node) else { return }
    let given = texts["url_file"].flatMap { file($0, "\(name).url_file", node) } ?? texts["url"]
    guard let url = given ?? (texts["kind"] == "pagerduty" ? Self.pagerDuty : nil) else {
      return note(node, "\(name): expected url or url_file")
    }
    guard let place = URL(string: url), let host = place.host, !host.isEmpty, place.user == nil, place.fragment == nil,
      place.scheme == "https" || (isPrivate && place.scheme == "http")
    else { return note(node, "\(name): expected an https address (http too where private is true), without user and fragment") }
    channels[name] = Channel(name: name, kind: kind, url: url, isPrivate: isPrivate, fallback: texts["fallback"])
  }

  private mutating func kind(_ name: String, _ texts: [String: String], _ node: Node) -> Channel.Kind? {
    switch texts["kind"] {
    case "slack": return .slack
    case "pagerduty": return texts["key_file"].flatMap { file($0, "\(name).key_file", node) }.map { .pagerDuty(routingKey: $0) } ?? missing(name, node)
    case "webhook":
      guard let key = texts["key_file"].flatMap({ file($0, "\(name).key_file", node) }) else { return missing(name, node) }
      guard key.utf8.count >= 24 else {
        note(node, "\(name).key_file: expected a secret of at least 24 characters")
        return nil
      }
      return .webhook(key: Array(key.utf8))
    default:
      note(node, "\(name).kind: expected slack, pagerduty or webhook")
      return nil
    }
  }

  private mutating func missing(_ name: String, _ node: Node) -> Channel.Kind? {
    note(node, "\(name).key_file: expected a file that holds the key")
    return nil
  }

  /// The one line of a file; the mistake that there is none names the path and never what it holds.
  private mutating func file(_ path: String, _ what: String, _ node: Node) -> String? {
    let place = path.hasPrefix("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)
    let line = (try? String(contentsOf: place, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard !line.isEmpty, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      note(node, "\(what): expected a file that holds one line at \(path)")
      return nil
    }
    return line
  }

  private mutating func checkFallback(_ channel: Channel) {
    guard let fallback = channel.fallback else { return }
    var seen = [channel.name]
    var next: String? = fallback
    while let name = next {
      guard let other = channels[name] else { return mistakes.append("\(channel.name).fallback: \(name) is no channel of this file") }
      guard !seen.contains(name) else { return mistakes.append("\(channel.name).fallback: leads in a circle") }
      seen.append(name)
      next = other.fallback
    }
  }
}
