import Storage

/// The tables of the mechanism, the same in every service's database.
enum Tables {
  /// Who works a lane, under which epoch, and how often it changed.
  static let lanes = Table(
    "lanes", keyCount: 1,
    [
      Column("lane", .integer), Column("owner", .text), Column("epoch", .integer), Column("until", .integer),
      Column("version", .integer), Column("attempts", .integer), Column("note", .text), Column("history", .text),
    ])

  /// Where each input partition is read on, and the mark of its stream; epoch and number are 0 for door topics.
  static let positions = Table(
    "positions", keyCount: 2,
    [
      Column("topic", .text), Column("part", .integer), Column("lane", .integer), Column("next_offset", .integer),
      Column("epoch", .integer), Column("number", .integer),
    ])

  /// The last number given out for each output partition, and the epoch that gave it. `*` counts all records of a lane.
  static let numbers = Table(
    "numbers", keyCount: 2,
    [Column("topic", .text), Column("lane", .integer), Column("number", .integer), Column("epoch", .integer)])

  /// Committed records that the broker may not have yet: a batch of one partition a row.
  static let outbox = Table(
    "outbox", keyCount: 3,
    [
      Column("topic", .text), Column("lane", .integer), Column("first", .integer), Column("count", .integer),
      Column("epoch", .integer), Column("frames", .blob),
    ])

  /// Calls that may not be repeated and have begun.
  static let begun = Table("begun", keyCount: 2, [Column("key", .text), Column("call", .text), Column("at", .integer)])

  /// Who shares this database, and until when it is held to be alive.
  static let instances = Table("instances", keyCount: 1, [Column("id", .text), Column("until", .integer)])

  /// Single values: the number of lanes, the broker's run.
  static let meta = Table("meta", keyCount: 1, [Column("name", .text), Column("value", .text)])

  /// The states of a service; `due` and `calls` say which need the mechanism's care.
  static func states(_ columns: [Column]) -> Table {
    Table(
      "states", keyCount: 1,
      [
        Column("key", .text), Column("lane", .integer), Column("due", .integer, nullable: true),
        Column("calls", .integer, nullable: true), Column("body", .blob),
      ] + columns,
      indexes: [
        Table.Index(["lane", "due"], onlyWhereSet: "due"), Table.Index(["lane", "calls"], onlyWhereSet: "calls"),
      ])
  }

  static let keySet = "idempotency"

  static func migration(_ columns: [Column]) -> Migration {
    Migration(
      "lanes-1",
      [
        .create(lanes), .create(positions), .create(numbers), .create(outbox), .create(begun), .create(instances), .create(meta),
        .create(states(columns)), .createKeySet(keySet),
      ])
  }
}

/// All migrations of the database of a service: the mechanism's and its own, in one list, because a store refuses a database
/// that has a migration of which the list says nothing. Whoever reads a table before the engine starts runs all of them.
public func schema<State: LaneState>(of state: State.Type, _ own: [Migration]) -> [Migration] {
  [Tables.migration(State.columns)] + own
}
