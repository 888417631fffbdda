import Foundation
import JSON
import Permits
import Wire
import Yams

/// Reads `sources.yaml`. All mistakes are collected, each with its line.
struct SourcesFile {
  private(set) var mistakes: [String] = []
  private(set) var sources: [Source] = []
  private(set) var executors: [String: KeySet] = [:]
  private let folder: URL
  private var tokens: [[UInt8]: String] = [:]

  /// - Parameter folder: where relative paths of token and key files begin.
  init(_ yaml: String, folder: URL) {
    self.folder = folder
    do {
      guard let root = try Yams.compose(yaml: yaml), let top = members(root, "the file") else {
        mistakes.append("line 1: expected the settings sources and executors")
        return
      }
      for (key, node) in top {
        switch key {
        case "sources": for (name, node) in members(node, key) ?? [] { readSource(name, node) }
        case "executors": for (name, node) in members(node, key) ?? [] { readExecutor(name, node) }
        default: note(node, "\(key): expected sources or executors")
        }
      }
    } catch { mistakes.append("expected YAML: \(error)") }
  }

  var registry: SourceRegistry { SourceRegistry(sources: sources, executors: executors) }

  private mutating func note(_ node: Node, _ text: String) { mistakes.append("line \(node.mark?.line ?? 1): \(text)") }

  private mutating func members(_ node: Node, _ name: String) -> [(String, Node)]? {
    guard let mapping = node.mapping else {
      note(node, "\(name): expected a mapping")
      return nil
    }
    return mapping.compactMap { key, value in key.string.map { ($0, value) } }
  }

  private mutating func text(_ node: Node, _ name: String) -> String? {
    guard let text = node.scalar?.string, !text.isEmpty, text.utf8.count <= 500 else {
      note(node, "\(name): expected a text")
      return nil
    }
    return text
  }

  private mutating func isName(_ name: String, _ node: Node) -> Bool {
    let plain = name.utf8.allSatisfy {
      ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x2E
    }
    if plain, (1...60).contains(name.utf8.count) { return true }
    note(node, "\(name): expected a name of a-z, 0-9, '-' and '.', at most 60")
    return false
  }

  private mutating func readSource(_ name: String, _ node: Node) {
    guard isName(name, node), let settings = members(node, name) else { return }
    var allowed: [String] = []
    var requester: (pointer: String, verified: Bool)?
    var door: String?
    var token: [UInt8]?
    for (key, node) in settings {
      switch key {
      case "workflows": allowed = readWorkflows(name, node)
      case "requester": requester = readRequester(name, node)
      case "door": door = text(node, "\(name).door")
      case "token_file": token = readToken(name, node)
      default: note(node, "\(name).\(key): expected workflows, requester, door or token_file")
      }
    }
    if allowed.isEmpty { note(node, "\(name): expected workflows, the list of those it may send to") }
    sources.append(Source(name: name, workflows: allowed, requester: requester, door: door, tokenHash: token))
  }

  private mutating func readWorkflows(_ name: String, _ node: Node) -> [String] {
    guard let list = node.sequence else {
      note(node, "\(name).workflows: expected a list")
      return []
    }
    var names: [String] = []
    for each in list {
      guard let workflow = text(each, "\(name).workflows") else { continue }
      names.append(workflow)
    }
    return names
  }

  private mutating func readRequester(_ name: String, _ node: Node) -> (pointer: String, verified: Bool)? {
    var pointer: String?
    var verified = false
    for (key, value) in members(node, "\(name).requester") ?? [] {
      switch (key, value.scalar?.string) {
      case ("pointer", let text?) where JSON.tokens(ofPointer: text) != nil && !text.isEmpty: pointer = text
      case ("verified", "true"?): verified = true
      case ("verified", "false"?): verified = false
      default: note(value, "\(name).requester.\(key): expected pointer (a JSON pointer) and verified (true or false)")
      }
    }
    return pointer.map { ($0, verified) }
  }

  private mutating func readToken(_ name: String, _ node: Node) -> [UInt8]? {
    guard let path = text(node, "\(name).token_file") else { return nil }
    guard let content = try? String(contentsOf: place(path), encoding: .utf8),
      case let token = content.trimmingCharacters(in: .whitespacesAndNewlines), token.utf8.count >= 20
    else {
      note(
        node,
        "\(name).token_file: expected a file with a token of at least 20 characters at \(path); "
          + "make it with: openssl rand -hex 24 > FILE")
      return nil
    }
    let hash = sha256(token.utf8)
    if let other = tokens.updateValue(name, forKey: hash) {
      note(node, "\(name).token_file: expected a token of its own, found that of \(other)")
    }
    return hash
  }

  private mutating func readExecutor(_ name: String, _ node: Node) {
    guard isName(name, node), let settings = members(node, name) else { return }
    if !settings.contains(where: { $0.0 == "jwk" }) {
      note(node, "\(name): expected jwk, the key that signs its answers")
    }
    for (key, value) in settings {
      guard key == "jwk" else {
        note(value, "\(name).\(key): expected jwk")
        continue
      }
      guard let jwk = readJWK(value), let x = jwk["x"], jwk["d"] == nil,
        let known = VerificationKey(["kty": jwk["kty"] ?? "", "crv": jwk["crv"] ?? "", "x": x, "kid": .string(name)])
      else {
        note(
          value,
          "\(name).jwk: expected a public Ed25519 key as JWK (kty OKP, crv Ed25519, x), inline or the path of a file")
        continue
      }
      executors[name] = KeySet([known])
    }
  }

  private func readJWK(_ node: Node) -> JSON? {
    if let mapping = node.mapping {
      return .object(
        JSONObject(
          mapping.compactMap { key, value in
            guard let key = key.string, let value = value.scalar?.string else { return nil }
            return (key, .string(value))
          }))
    }
    guard let path = node.scalar?.string, let data = try? Data(contentsOf: place(path)) else { return nil }
    let json = try? JSON.parse(Array(data))
    return json?["keys"]?.array?.first ?? json
  }

  private func place(_ path: String) -> URL {
    path.hasPrefix("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)
  }
}
