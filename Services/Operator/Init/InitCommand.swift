import ArgumentParser
import Foundation
import Identity
import JSON
import Permits
import Wire
import Workflows

/// Founds an installation: the first bundles, put in force by two people under an operator's key.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Founds an installation: two people put its first bundles in force.",
    discussion: """
      Signs the bundles of the folders with the operator's key and writes one genesis record. Policy, on an empty database, \
      takes exactly these bundles (its setting GENESIS), if their signatures are of a key that it trusts (OPERATOR_JWKS). An \
      installation is founded once. The operator vouches for the two people: ask both before you sign for them.
      """)

  @Argument(help: "Workflow folders, or folders that hold some: those of policy's WORKFLOWS.") var folders: [String]
  @Option(help: "The file of people (policy's PEOPLE).") var people: String
  @Option(help: "A person of that file who puts the bundles in force; two of them: --by ID --by ID.") var by: [String]
  @Option(help: "The operator's Ed25519 key, 32 bytes: head -c 32 /dev/urandom > FILE; chmod 600 FILE. Keep it off this machine afterwards.")
  var key: String
  @Option(help: "Where the genesis record is written.") var out = "genesis.json"
  @Option(help: "Where the key's public half is written, for OPERATOR_JWKS; the default is beside the record.") var jwks: String?
  @Flag(help: "Prints the genesis record as JSON.") var json = false

  private var jwksFile: String {
    jwks ?? URL(fileURLWithPath: out).deletingLastPathComponent().appendingPathComponent("operator.jwks.json").path
  }

  func run() throws {
    try refuseASecondTime()
    let founders = try Self.founders(by, in: people)
    let signing = try Self.signingKey(key)
    let genesis: Genesis
    do {
      let found = try folders.flatMap(WorkflowCommand.workflows).map { try WorkflowFolder($0) }
      genesis = try Genesis.found(
        found, by: founders, at: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)), key: signing)
    } catch let error as GenesisError { throw OperatorError("\(error).") }
    // The record last: with it the installation is founded.
    try Self.write(KeySet([signing.verification]).jwks.text + "\n", to: jwksFile, mayStand: true)
    try Self.write(genesis.text, to: out, mayStand: false)
    if json { return printLine(genesis.json.text) }
    printLine("Founded by \(founders.map { "\(clean($0.name)) (\($0.id))" }.joined(separator: " and ")). In force from policy's first start on:")
    for each in genesis.bundles { printLine("  \(clean(each.workflow))  \(each.hash)") }
    printLine("Policy's settings for it:")
    printLine("  GENESIS=\(URL(fileURLWithPath: out).path)")
    printLine("  OPERATOR_JWKS=\(URL(fileURLWithPath: jwksFile).path)")
  }

  private func refuseASecondTime() throws {
    guard FileManager.default.fileExists(atPath: out) else { return }
    guard let known = try? Genesis(file: out) else {
      throw OperatorError("\(out) is there already and is no genesis record; name another file with --out.")
    }
    throw OperatorError(
      "\(out) is there already: \(known.founders.map { clean($0.name) }.joined(separator: " and ")) founded this installation on "
        + "\(known.at.description.prefix(16))Z. It is founded once; whoever has not started policy yet may remove the file.")
  }

  /// Two different human beings of the file.
  static func founders(_ ids: [String], in file: String) throws -> [Genesis.Founder] {
    guard let yaml = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw OperatorError("\(file) cannot be read: the file of people was expected.")
    }
    let people: People
    do { people = try People(yaml: yaml, tokens: "") } catch { throw OperatorError("\(file): \(error)") }
    guard ids.count == 2 else { throw OperatorError("\(ids.count) people are named; two were expected: --by ID --by ID.") }
    let founders = try ids.map { id in
      guard let person = people.person(id: id) else {
        throw OperatorError("\(file) knows no \(clean(id)). It knows \(people.all.prefix(8).map { clean($0.id) }.joined(separator: ", "))\(people.all.count > 8 ? ", …" : "").")
      }
      return Genesis.Founder(id: person.id, name: person.name)
    }
    guard people.human(ids[0]) != people.human(ids[1]) else {
      throw OperatorError("\(clean(ids[0])) and \(clean(ids[1])) are one person; two were expected.")
    }
    return founders
  }

  private static func signingKey(_ file: String) throws -> SigningKey {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw OperatorError("\(file) cannot be read. Make a key: head -c 32 /dev/urandom > FILE; chmod 600 FILE")
    }
    guard data.count == 32 else { throw OperatorError("\(file): 32 bytes were expected, found \(data.count).") }
    return try SigningKey(seed: [UInt8](data))
  }

  /// - Parameter mayStand: whether the same text may be there already.
  private static func write(_ text: String, to file: String, mayStand: Bool) throws {
    if let there = FileManager.default.contents(atPath: file) {
      if mayStand, there == Data(text.utf8) { return }
      throw OperatorError("\(file) is there already with something else in it; name another file with \(mayStand ? "--jwks" : "--out").")
    }
    do { try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting) } catch {
      throw OperatorError("\(file) cannot be written: \(error.localizedDescription)")
    }
  }
}
