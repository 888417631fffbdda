import Foundation
import Yams

/// Reads the parts of an identity file and collects what is wrong with them.
struct IdentityReader {
  let folder: URL
  private(set) var mistakes: [String] = []

  init(folder: URL) { self.folder = folder }

  mutating func note(_ text: String) { mistakes.append(text) }

  mutating func know(_ mapping: Node.Mapping, _ names: [String], in place: String = "") {
    for (key, _) in mapping where !names.contains(key.string ?? "") {
      note("line \(key.mark?.line ?? 1): \(place)\(key.string ?? "?"): nothing reads this; expected \(names.joined(separator: ", "))")
    }
  }

  func text(_ mapping: Node.Mapping, _ name: String) -> String? {
    mapping[Node(name)]?.scalar?.string.trimmingCharacters(in: .whitespaces)
  }

  mutating func texts(_ mapping: Node.Mapping, _ name: String) -> [String]? {
    guard let node = mapping[Node(name)] else { return nil }
    guard let list = node.sequence, list.allSatisfy({ $0.scalar?.string.isEmpty == false }) else {
      note("\(name): a list of texts was expected")
      return nil
    }
    return list.compactMap(\.scalar?.string)
  }

  mutating func flag(_ mapping: Node.Mapping, _ name: String) -> Bool {
    let text = text(mapping, name) ?? "false"
    if !["true", "false"].contains(text) { note("\(name): true or false was expected") }
    return text == "true"
  }

  mutating func address(_ mapping: Node.Mapping, _ name: String, isLoopback: Bool) -> String {
    let text = text(mapping, name) ?? ""
    if !IdentityFile.isAllowed(text, isLoopback: isLoopback) {
      note("\(name): an https address without query was expected\(isLoopback ? ", or http on 127.0.0.1 or localhost" : "")")
    }
    return text
  }

  mutating func secret(_ mapping: Node.Mapping, _ name: String) -> String? {
    guard let file = text(mapping, name) else { return nil }
    let read = try? String(contentsOf: URL(fileURLWithPath: file, relativeTo: folder), encoding: .utf8)
    let secret = read?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    if secret.isEmpty || secret.contains(where: \.isNewline) { note("\(name): a file of one line was expected") }
    return secret
  }

  mutating func algorithms(_ mapping: Node.Mapping) -> Set<TokenAlgorithm> {
    let names = texts(mapping, "algorithms") ?? TokenAlgorithm.allCases.map(\.rawValue)
    let found = names.compactMap(TokenAlgorithm.init)
    if found.count != names.count || found.isEmpty {
      note("algorithms: some of \(TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")) were expected")
    }
    return Set(found)
  }

  mutating func claims(_ root: Node.Mapping) -> ClaimsMap {
    let claims = root[Node("claims")]?.mapping ?? Node.Mapping([])
    know(claims, ["id", "name", "email", "person_claim", "groups"], in: "claims.")
    let groups = root[Node("groups")]?.mapping ?? Node.Mapping([])
    know(groups, ["prefix", "map"], in: "groups.")
    var map: [String: String] = [:]
    for (key, value) in groups[Node("map")]?.mapping ?? Node.Mapping([]) {
      guard let from = key.scalar?.string, let to = value.scalar?.string, People.isName(to) else {
        note("line \(key.mark?.line ?? 1): groups.map: the name of a group here was expected")
        continue
      }
      map[from] = to
    }
    return ClaimsMap(
      id: text(claims, "id") ?? "sub", name: text(claims, "name") ?? "name", email: text(claims, "email") ?? "email",
      human: text(claims, "person_claim"), groups: text(claims, "groups") ?? "groups", prefix: text(groups, "prefix") ?? "", map: map)
  }

  mutating func api(_ root: Node.Mapping, clientID: String) -> IdentityFile.API? {
    guard let api = root[Node("api")]?.mapping else { return nil }
    know(api, ["audience", "clients", "seconds"], in: "api.")
    let audience = text(api, "audience") ?? ""
    if audience.isEmpty || audience == clientID {
      note("api.audience: a name other than client_id was expected, or an ID token would open the API")
    }
    let seconds = Int64(text(api, "seconds") ?? "60") ?? 0
    if !(10...3600).contains(seconds) { note("api.seconds: a whole number from 10 to 3600 was expected") }
    return IdentityFile.API(audience: audience, clients: Set(texts(api, "clients") ?? []), seconds: seconds)
  }
}
