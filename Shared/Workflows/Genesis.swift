import Bundles
import Foundation
import JSON
import Permits
import Wire

/// What an installation begins with: its first bundles by their content hashes, the two people who stand behind them, and an
/// operator's signature over all of it.
///
/// `countersign init` writes it once. Policy takes the bundles of its first start by it, and keeps it.
public struct Genesis: Sendable, Equatable {
  public static let type = "countersign-genesis+jwt"

  public struct Founder: Sendable, Equatable {
    public let id: String
    public let name: String

    public init(id: String, name: String) {
      self.id = id
      self.name = name
    }
  }

  /// A bundle that is in force from the beginning.
  public struct Founded: Sendable, Equatable {
    public let workflow: String
    public let hash: String
    /// See `BundleSignature`.
    public let signature: String
  }

  public let at: Instant
  public let founders: [Founder]
  /// In the order of their workflows' names.
  public let bundles: [Founded]
  /// A JWS over `digest`.
  public let signature: String

  /// Signs what the folders hold.
  ///
  /// - Throws: every mistake in a policy file; a folder or a workflow that is there twice; none at all.
  public static func found(
    _ folders: [WorkflowFolder], by founders: [Founder], at: Instant, key: SigningKey
  ) throws -> Genesis {
    var bundles: [Founded] = []
    for (folder, policy) in try WorkflowFolder.loadAll(folders) {
      let (workflow, hash) = (policy.bundle.workflow, policy.bundle.hash)
      guard workflow == folder.name else {
        throw GenesisError("\(folder.name)/policy.yaml is of the workflow \(workflow): folder and workflow must have one name")
      }
      guard !bundles.contains(where: { $0.workflow == workflow }) else {
        throw GenesisError("there are two folders of the workflow \(workflow)")
      }
      let word = BundleSignature(workflow: workflow, hash: hash, people: founders.map(\.id), at: at)
      bundles.append(Founded(workflow: workflow, hash: hash, signature: try key.sign(word.claims, type: BundleSignature.type)))
    }
    guard !bundles.isEmpty else { throw GenesisError("no workflow is there to begin with") }
    let unsigned = Genesis(at: at, founders: founders, bundles: bundles.sorted { $0.workflow < $1.workflow }, signature: "")
    let claims: JSON = ["iss": "countersign.operator", "genesis": .string(unsigned.digest), "iat": .integer(at.unixSeconds)]
    return Genesis(at: at, founders: founders, bundles: unsigned.bundles, signature: try key.sign(claims, type: type))
  }

  /// Checks all signatures. Times do not matter: what was founded stays so.
  ///
  /// - Parameter keys: of the operators who are trusted, from configuration alone.
  public func verify(_ keys: KeySet) throws(JWSError) {
    let fields = try keys.verify(signature, type: Self.type)
    guard fields.optionalText("genesis") == digest else {
      throw JWSError("claims", "the signature is for something else than what stands beside it")
    }
    for each in bundles {
      _ = try BundleSignature.verify(each.signature, workflow: each.workflow, hash: each.hash, keys: keys)
    }
  }

  /// What these are not of what was signed, a sentence each; empty where they are exactly that.
  public func differences(from loaded: [(folder: WorkflowFolder, policy: Policy)]) -> [String] {
    var found = loaded.compactMap { folder, policy -> String? in
      guard let founded = bundles.first(where: { $0.workflow == policy.bundle.workflow }) else {
        return "\(folder.name): nobody signed a bundle of this workflow"
      }
      guard founded.hash != policy.bundle.hash else { return nil }
      return "\(folder.name): policy.yaml or a schema was changed after it was signed (its hash is "
        + "\(policy.bundle.hash.prefix(12)), signed was \(founded.hash.prefix(12)))"
    }
    let there = Set(loaded.map(\.policy.bundle.workflow))
    found += bundles.filter { !there.contains($0.workflow) }.map { "\($0.workflow): its folder is missing" }
    return found
  }

  /// SHA-256 of the RFC 8785 form of all but the signature, hex.
  public var digest: String { hex(sha256(JSON.object(members).canonical)) }

  private var members: JSONObject {
    JSONObject([
      ("at", .string(at.description)),
      ("founders", .array(founders.map { ["id": .string($0.id), "name": .string($0.name)] })),
      (
        "bundles",
        .array(
          bundles.map { ["workflow": .string($0.workflow), "hash": .string($0.hash), "signature": .string($0.signature)] })
      ),
    ])
  }

  public var json: JSON {
    var object = members
    object["signature"] = .string(signature)
    return .object(object)
  }

  /// For people to read: a line for each member and each bundle.
  public var text: String {
    func list(_ elements: JSON?) -> String { (elements?.array ?? []).map { "    \($0.text)" }.joined(separator: ",\n") }
    return """
      {
        "at": \(json["at"]?.text ?? ""),
        "founders": [
      \(list(json["founders"]))
        ],
        "bundles": [
      \(list(json["bundles"]))
        ],
        "signature": \(json["signature"]?.text ?? "")
      }

      """
  }

  init(at: Instant, founders: [Founder], bundles: [Founded], signature: String) {
    self.at = at
    self.founders = founders
    self.bundles = bundles
    self.signature = signature
  }

  /// - Throws: `GenesisError` for anything that `init` did not write. Signatures are not looked at.
  public init(_ json: JSON) throws {
    do {
      let fields = try Fields(json)
      guard let at = Instant(rfc3339: try fields.text("at")) else { throw WireError("member at: a time was expected") }
      func each<Element>(_ name: String, _ read: (Fields) throws -> Element) throws -> [Element] {
        guard let elements = try fields.value(name).array else { throw WireError("member \(name): a list was expected") }
        return try elements.map { try read(Fields($0)) }
      }
      self.init(
        at: at, founders: try each("founders") { Founder(id: try $0.text("id"), name: try $0.text("name")) },
        bundles: try each("bundles") {
          Founded(workflow: try $0.text("workflow"), hash: try $0.text("hash"), signature: try $0.text("signature"))
        }, signature: try fields.text("signature"))
    } catch { throw GenesisError("what `countersign init` writes was expected: \(error)") }
  }

  /// Reads the file. - Throws: `GenesisError` naming it, where it is not there or not what `countersign init` writes.
  public init(file: String) throws {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw GenesisError("\(file) is not there. `countersign init` makes it: two people put the first bundles in force")
    }
    do { try self.init(JSON.parse([UInt8](data), limits: .stored)) } catch { throw GenesisError("\(file): \(error)") }
  }
}

/// Why an installation cannot begin.
public struct GenesisError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
