import Ledger

/// Whose word counts: keys of the log, and how many witnesses must have cosigned.
struct LedgerTrust {
  let logs: [NoteVerifier]
  var policy = WitnessPolicy.none

  /// The keys that count, with those that followed them or were followed by them.
  func keys(_ changes: [String]) throws(NoteError) -> LogKeys { try LogKeys(trusted: logs, changes: changes) }
}

/// What is wrong with a ledger, and where.
struct Flaw: Sendable, Equatable {
  /// A closed set.
  enum Kind: String, Sendable {
    case changed = "record.changed"
    case missing = "record.missing"
    case inserted = "record.inserted"
    case swapped = "record.swapped"
    /// The records end before the checkpoint does.
    case truncated
    case content = "content.changed"
    /// Only the stored hashes are wrong; they are made anew by audit at its start.
    case hashes = "hashes.changed"
    case noCheckpoint = "checkpoint.none"
    case signature = "checkpoint.signature"
    case cosignatures = "checkpoint.cosignatures"
    case oldCheckpoint = "checkpoint.old"
    case fork
    /// A row of audit's index is not what the records come to.
    case index = "index.changed"
    /// Numbers of a stream do not rise.
    case order
  }
  let kind: Kind
  /// The record, and the last one where it is not known which of several.
  var position: UInt64?
  var through: UInt64?
  let text: String
}
