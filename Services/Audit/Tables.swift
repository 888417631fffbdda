import Storage

/// What audit keeps besides its lanes. The ledger is the truth; everything here is made from it.
enum Tables {
  /// One row: which ledger this database goes with, and how far it reaches.
  static let ledger = Table(
    "ledger",
    [
      Column("id", .integer), Column("ledger", .text), Column("size", .integer), Column("hashes", .blob),
      Column("segment", .integer), Column("leaf_bytes", .integer), Column("content_bytes", .integer),
    ])

  /// Where each run of 256 leaves begins: segment << 32 | offset.
  static let bundles = Table(
    "bundles", [Column("number", .integer), Column("leaf_at", .integer), Column("content_at", .integer)])

  /// The records of a case.
  static let entries = Table("entries", keyCount: 2, [Column("case_id", .text), Column("position", .integer)])

  /// What is known of a case, folded from the headers of its records. `facts` holds all (`CaseFacts`). Written anew with each
  /// batch that tells of it, so that no other index hangs on it.
  static let cases = Table(
    "cases",
    [
      Column("case_id", .text), Column("opened", .integer), Column("updated", .integer),
      Column("ended", .integer, nullable: true), Column("records", .integer), Column("facts", .blob),
    ])

  /// What cases are found by: `workflow=…`, `route=…`, `outcome=…`, and of a case with an effect
  /// `effect=BUNDLE`, as far as a case has one. Written where it changes.
  static let labels = Table("labels", keyCount: 2, [Column("label", .text), Column("case_id", .text)])

  /// How far each stream has come in, and what its writer says how far it is.
  static let streams = Table(
    "streams", keyCount: 2,
    [
      Column("topic", .text), Column("part", .integer), Column("first", .integer), Column("epoch", .integer),
      Column("number", .integer), Column("next_offset", .integer), Column("gaps", .integer), Column("late", .integer),
      Column("foreign_records", .integer), Column("arrived", .integer), Column("head", .integer),
      Column("head_since", .integer),
    ])

  /// Records that somebody should look at: foreign ones, decisions and permits that were refused.
  static let security = Table(
    "security",
    [
      Column("position", .integer), Column("at", .integer), Column("kind", .text), Column("case_id", .text),
      Column("code", .text), Column("place", .text), Column("detail", .text),
    ])

  static let checkpoints = Table(
    "checkpoints",
    [
      Column("size", .integer), Column("at", .integer), Column("root", .text), Column("note", .text),
      Column("published", .integer),
    ])

  /// Checkpoints that as many witnesses as must have cosigned, as they stood then.
  static let witnessed = Table("witnessed", [Column("size", .integer), Column("at", .integer), Column("note", .text)])

  /// Which key of the log followed which, numbered from 1 on (`KeyChange`).
  static let keyChanges = Table(
    "key_changes", [Column("number", .integer), Column("at", .integer), Column("size", .integer), Column("note", .text)])

  /// What the KPIs are made of: sums over the cases that ended on a day (UTC, since 1970) and are alike (`KPICells`).
  static let kpis = Table(
    "kpi_cells", keyCount: 2, [Column("day", .integer), Column("cell", .text), Column("sums", .blob)])

  /// What budgets are made of: sums over the cases of a workflow that ended in a slot of so many seconds (`BudgetCells`).
  static let budgets = Table(
    "budget_cells", keyCount: 3,
    [Column("span", .integer), Column("slot", .integer), Column("workflow", .text), Column("sums", .blob)])

  /// Who put their name under which report, and under which digest of it.
  static let signatures = Table(
    "report_signatures", keyCount: 2,
    [
      Column("report", .text), Column("position", .integer), Column("at", .integer), Column("person", .text), Column("digest", .text),
      Column("words", .text),
    ])

  /// Which cases a person had to do with.
  static let touched = Table("touched", keyCount: 2, [Column("person", .text), Column("case_id", .text)])

  /// What was shown to whom, and when.
  static let views = Table(
    "views", keyCount: 3, [Column("person", .text), Column("at", .integer), Column("position", .integer), Column("case_id", .text)])

  /// Cases by when the first of their debts is due (`Owing`).
  static let owing = Table("owing", keyCount: 2, [Column("due", .integer), Column("case_id", .text)])

  /// Sums over open cases (`OpenCells`).
  static let openCells = Table(
    "open_cells", keyCount: 4,
    [Column("kind", .text), Column("width", .integer), Column("cell", .text), Column("slot", .integer), Column("cases", .integer)])

  /// What records do not tell as they must (`Flaws`).
  static let flaws = Table(
    "flaws", keyCount: 3,
    [
      Column("kind", .text), Column("type", .text), Column("field", .text), Column("seen", .integer), Column("first", .integer),
      Column("last", .integer), Column("at", .integer), Column("case_id", .text), Column("stream", .text), Column("number", .integer),
    ])

  /// Contents of a case that go: the record of the ledger that says so, and the positions of those whose contents go (`PositionList`).
  static let erasures = Table(
    "erasures", keyCount: 2,
    [
      Column("case_id", .text), Column("position", .integer), Column("at", .integer), Column("class", .text), Column("days", .integer),
      Column("parts", .text), Column("records", .integer), Column("positions", .text),
    ])

  /// …and that they are gone.
  static let erased = Table(
    "erased", keyCount: 2,
    [
      Column("case_id", .text), Column("erasing", .integer), Column("position", .integer), Column("at", .integer), Column("contents", .integer),
      Column("bytes", .integer),
    ])

  /// Erasures that are not done, by when they were said.
  static let going = Table("going", keyCount: 2, [Column("at", .integer), Column("case_id", .text), Column("position", .integer)])

  /// All that was ever said of legal holds.
  static let holds = Table(
    "holds", keyCount: 2,
    [
      Column("hold", .text), Column("position", .integer), Column("at", .integer), Column("act", .text), Column("scope", .text),
      Column("value", .text), Column("person", .text), Column("reason", .text),
    ])

  /// One row: by which version of audit the index was made (`Reindex`).
  static let madeBy = Table("made_by", [Column("id", .integer), Column("version", .integer)])

  /// Who verified the ledger from outside and told, and what was found.
  static let verifications = Table(
    "verifications",
    [
      Column("at", .integer), Column("teller", .text), Column("size", .integer), Column("root", .text), Column("sound", .integer),
      Column("detail", .text),
    ])

  static let migrations = [
    migration, Migration("audit-2-ledger", [.create(witnessed), .create(keyChanges)]),
    Migration("audit-2-kpis", [.create(kpis), .create(touched), .create(views)]),
    Migration("audit-3-budgets", [.create(budgets), .create(signatures)]),
    Migration("audit-3-manifest", [.create(owing), .create(flaws), .create(madeBy), .create(verifications)]),
    Migration("audit-4-open", [.create(openCells)]),
    Migration("audit-4-retention", [.create(erasures), .create(erased), .create(going), .create(holds)]),
  ]

  static let migration = Migration(
    "audit-1",
    [ledger, bundles, entries, cases, labels, streams, security, checkpoints].map { .create($0) })
}
