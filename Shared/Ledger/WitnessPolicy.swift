/// Whose checkpoints count and how many witnesses must have cosigned them: a file of C2SP's tlog-policy.
///
///     log VKEY [URL]
///     witness NAME VKEY [URL]
///     group NAME all|any|K MEMBER…
///     quorum NAME|none
public struct WitnessPolicy: Sendable {
  public struct Witness: Sendable {
    public let name: String
    public let key: CosignatureVerifier
    /// The prefix of its addresses, without a slash at the end.
    public let url: String?
  }
  public struct Mistake: Error, Sendable, CustomStringConvertible {
    public let line: Int
    public let description: String
  }
  private enum Rule: Sendable {
    case witness(Int)
    case group(Int, [String])
  }

  public let logs: [NoteVerifier]
  public let witnesses: [Witness]
  private let rules: [String: Rule]
  /// Nil: no cosignature is needed.
  private let quorum: String?

  /// Nobody need have cosigned.
  public static let none = WitnessPolicy(logs: [], witnesses: [], rules: [:], quorum: nil)

  private init(logs: [NoteVerifier], witnesses: [Witness], rules: [String: Rule], quorum: String?) {
    self.logs = logs
    self.witnesses = witnesses
    self.rules = rules
    self.quorum = quorum
  }

  public init(_ text: String) throws(Mistake) {
    var logs: [NoteVerifier] = []
    var witnesses: [Witness] = []
    var rules: [String: Rule] = [:]
    var quorum: String??
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let kind = words.first, !kind.hasPrefix("#") else { continue }
      func wrong(_ text: String) -> Mistake { Mistake(line: number, description: "line \(number): \(text)") }
      switch (kind, words.count) {
      case ("log", 2...3):
        guard let key = try? NoteVerifier(words[1]) else { throw wrong("\(words[1].prefix(80)) is no key of a log (NAME+ID+KEY, type 1)") }
        guard !logs.contains(key) else { throw wrong("this log stands here a second time") }
        logs.append(key)
      case ("witness", 3...4):
        guard let key = try? CosignatureVerifier(words[2]) else {
          throw wrong("\(words[2].prefix(80)) is no key of a witness (NAME+ID+KEY, type 4: Ed25519 cosignatures)")
        }
        guard words[1] != "none", rules[words[1]] == nil else { throw wrong("the name \(words[1]) is taken") }
        guard !witnesses.contains(where: { $0.key.isSameKey(as: key) }) else {
          throw wrong("this witness stands here a second time")
        }
        let url = words.count == 4 ? words[3] : nil
        if let url, !url.hasPrefix("http://"), !url.hasPrefix("https://") { throw wrong("\(url.prefix(80)) is no http address") }
        rules[words[1]] = .witness(witnesses.count)
        witnesses.append(Witness(name: words[1], key: key, url: url.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }))
      case ("group", 4...):
        let members = Array(words[3...])
        guard words[1] != "none", rules[words[1]] == nil else { throw wrong("the name \(words[1]) is taken") }
        if let unknown = members.first(where: { rules[$0] == nil }) { throw wrong("\(unknown) is named before it is defined") }
        guard Set(members).count == members.count else { throw wrong("a member stands there twice") }
        let needed = words[2] == "all" ? members.count : words[2] == "any" ? 1 : Int(words[2]) ?? 0
        guard (1...members.count).contains(needed) else { throw wrong("all, any or a number from 1 to \(members.count) was expected") }
        rules[words[1]] = .group(needed, members)
      case ("quorum", 2):
        guard quorum == nil else { throw wrong("a second quorum") }
        guard words[1] == "none" || rules[words[1]] != nil else { throw wrong("\(words[1]) is named before it is defined") }
        quorum = .some(words[1] == "none" ? nil : words[1])
      default: throw wrong("log VKEY [URL], witness NAME VKEY [URL], group NAME all|any|K MEMBER… or quorum NAME|none was expected")
      }
    }
    guard let quorum else { throw Mistake(line: number, description: "a line quorum NAME or quorum none was expected") }
    self.init(logs: logs, witnesses: witnesses, rules: rules, quorum: quorum)
  }

  public var needsWitnesses: Bool { quorum != nil }

  /// The witnesses that have cosigned a note, with the times that they say. A false cosignature counts as none.
  public func cosigned(_ note: Note) -> [(witness: Witness, time: UInt64)] {
    witnesses.compactMap { witness in (try? witness.key.time(note)).map { (witness, $0) } }
  }

  /// Whether as many have cosigned as must.
  public func isSatisfied(by note: Note) -> Bool {
    guard let quorum else { return true }
    let names = Set(cosigned(note).map(\.witness.name))
    return holds(quorum, names)
  }

  private func holds(_ name: String, _ cosigners: Set<String>) -> Bool {
    switch rules[name] {
    case .witness(let place): cosigners.contains(witnesses[place].name)
    case .group(let needed, let members): members.filter { holds($0, cosigners) }.count >= needed
    case nil: false
    }
  }
}
