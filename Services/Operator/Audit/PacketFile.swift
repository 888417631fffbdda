import Crypto
import Foundation
import JSON
import Ledger

/// A packet as `deploy/docs/ledger.md` has it: one case's records with their proofs, checked with the log's public key alone.
struct PacketFile {
  struct Record {
    let position: UInt64
    let bytes: [UInt8]
    let leaf: Leaf
    let proof: [TreeHash]
    let state: String
    let content: SourceContent?
  }

  let caseID: String
  let size: UInt64
  let note: String
  let keyChanges: [String]
  let records: [Record]
  private let signature: String
  private let hash: [UInt8]

  /// - Throws: what is no packet.
  init(_ bytes: [UInt8]) throws {
    let json = try JSON.parse(bytes, limits: JSONLimits(bytes: 512 << 20, depth: 16, anyInteger: true))
    guard case .object(var object) = json, json["format"]?.string == PacketStatement.format, let caseID = json["case"]?.string,
      let size = json["size"]?.integer, size > 0, let note = json["checkpoint"]?.string, let signature = json["signature"]?.string,
      let records = json["records"]?.array
    else { throw OperatorError("This is no packet: a JSON object of format \(PacketStatement.format) was expected.") }
    self.caseID = caseID
    self.size = UInt64(size)
    self.note = note
    self.signature = signature
    keyChanges = (json["key_changes"]?.array ?? []).compactMap(\.string)
    object["signature"] = nil
    hash = Array(SHA256.hash(data: Data(JSON.object(object).canonical)))
    self.records = try records.enumerated().map { place, record in
      guard let found = Record(record) else { throw OperatorError("Entry \(place) of `records` of the packet is no record.") }
      return found
    }
  }

  struct Result {
    var flaws: [Flaw] = []
    var cosigners: [String] = []
    var checked = 0
    var contents = 0
    var erased = 0
    /// How many of them by which record of the packet that says so, and of how many none does.
    var erasedBy: [UInt64: Int] = [:]
    var unexplained = 0
    var withheld = 0
  }

  func check(_ trust: LedgerTrust) -> Result {
    var result = Result()
    let checkpoint: Checkpoint
    do throws(NoteError) {
      let keys = try trust.keys(keyChanges)
      checkpoint = try keys.open(note)
      let statement = try Note(signature)
      try keys.check(statement, size: size)
      guard statement.body.utf8.elementsEqual(PacketStatement.body(caseID: caseID, size: size, hash: hash).utf8) else {
        result.flaws.append(Flaw(kind: .signature, text: "the packet is not what its signature is of: something in it was changed, added or left out"))
        return found(result, checkpoint)
      }
    } catch {
      result.flaws.append(Flaw(kind: .signature, text: "the packet does not count: \(error)"))
      return result
    }
    if let read = try? Note(note) {
      result.cosigners = trust.policy.cosigned(read).map(\.witness.name)
      if !trust.policy.isSatisfied(by: read) {
        result.flaws.append(Flaw(kind: .cosignatures, position: checkpoint.size, text: "too few witnesses have cosigned its checkpoint"))
      }
    }
    return found(result, checkpoint)
  }

  /// Looks at each record, also where the whole is not what was signed: so that it can be said which one.
  private func found(_ before: Result, _ checkpoint: Checkpoint) -> Result {
    var result = before
    var last: UInt64?
    var erasures = AnnouncedErasures()
    for record in records {
      if let content = record.content, content.hash == record.leaf.content { erasures.take(record.leaf, content, at: record.position) }
    }
    for record in records {
      let position = record.position
      if let last, position <= last {
        result.flaws.append(Flaw(kind: .swapped, position: position, text: "record \(position) stands after record \(last)"))
      }
      last = position
      do throws(ProofError) {
        try verifyInclusion(of: record.leaf.hash, at: position, size: checkpoint.size, root: checkpoint.root, proof: record.proof)
        result.checked += 1
      } catch { result.flaws.append(Flaw(kind: .changed, position: position, text: "record \(position) is not in the ledger: its proof does not hold")) }
      if record.leaf.text("ce_subject") != caseID, record.leaf.kind == .body {
        result.flaws.append(Flaw(kind: .inserted, position: position, text: "record \(position) is of another case"))
      }
      switch (record.state, record.content) {
      case ("erased", _):
        result.erased += 1
        if let by = erasures.announced[position] { result.erasedBy[by, default: 0] += 1 } else { result.unexplained += 1 }
      case ("withheld", _): result.withheld += 1
      case (_, let content?) where content.hash == record.leaf.content: result.contents += 1
      default: result.flaws.append(Flaw(kind: .content, position: position, text: "the content of record \(position) is not what its leaf commits to"))
      }
    }
    if checkpoint.size != size { result.flaws.append(Flaw(kind: .signature, text: "its checkpoint is of another size")) }
    return result
  }
}

extension PacketFile.Record {
  fileprivate init?(_ json: JSON) {
    guard let position = json["position"]?.integer, position >= 0, let bytes = (json["leaf"]?.string).flatMap({ Base64.bytes($0) }),
      let leaf = Leaf(bytes[...]), let state = json["state"]?.string, let proof = json["proof"]?.array
    else { return nil }
    self.position = UInt64(position)
    self.bytes = bytes
    self.leaf = leaf
    self.state = state
    self.proof = proof.compactMap { $0.string.flatMap { TreeHash(base64: $0) } }
    guard self.proof.count == proof.count else { return nil }
    guard state == "present" else {
      content = nil
      return
    }
    guard let salt = (json["salt"]?.string).flatMap({ Base64.bytes($0) }), let body = json["content"] else { return nil }
    if body.isNull {
      content = SourceContent(salt: salt, bytes: nil)
    } else {
      guard let bytes = body.string.flatMap({ Base64.bytes($0) }) else { return nil }
      content = SourceContent(salt: salt, bytes: bytes)
    }
  }
}
