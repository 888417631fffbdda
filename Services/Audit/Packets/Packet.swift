import Crypto
import Foundation
import JSON
import Ledger

/// One case's records in one file that is checked with the log's public key alone. `deploy/docs/ledger.md` has its format.
///
/// Each record is proved to be in the ledger by the checkpoint; that there are no others of this case is what the log says, by its signature of
/// the whole.
struct Packet {
  struct Record {
    let position: Int64
    let leaf: [UInt8]
    let path: [TreeHash]
    /// Salt and content; nil where they are erased or may not be shown.
    let content: LedgerReader.Content?
    let state: State
    /// Of an erased one: the record of this packet that says so; nil where no record does.
    var erasedBy: Int64?
  }
  /// Where a record's content is.
  enum State: String {
    case present, erased, withheld
  }

  let caseID: String
  let size: UInt64
  let checkpoint: String
  let keyChanges: [String]
  let records: [Record]

  /// The file: canonical JSON (RFC 8785).
  func signed(_ signer: NoteSigner) throws -> [UInt8] {
    guard case .object(var object) = json else { return [] }
    let hash = SHA256.hash(data: Data(JSON.object(object).canonical))
    let body = PacketStatement.body(caseID: caseID, size: size, hash: hash)
    object["signature"] = .string(Note(body: body, signatures: [try signer.signature(of: body)]).text)
    return JSON.object(object).canonical
  }

  private var json: JSON {
    [
      "format": .string(PacketStatement.format), "case": .string(caseID), "size": .integer(Int64(bitPattern: size)),
      "checkpoint": .string(checkpoint), "key_changes": .array(keyChanges.map { .string($0) }),
      "records": .array(records.map(\.json)),
    ]
  }
}

extension Packet.Record {
  fileprivate var json: JSON {
    var object = JSONObject([
      ("position", .integer(position)), ("leaf", .string(Base64.text(leaf))), ("state", .string(state.rawValue)),
      ("proof", .array(path.map { .string($0.base64) })),
    ])
    if state == .erased, let erasedBy { object["erased_by"] = .integer(erasedBy) }
    if state == .present, let content {
      object["salt"] = .string(Base64.text(content.salt))
      // A record without a body: null, not an empty text.
      object["content"] = content.bytes.map { .string(Base64.text($0)) } ?? .null
    }
    return .object(object)
  }
}
