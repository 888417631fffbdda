import JSON
import Wire
import Workflows

/// What people or policy itself have switched, for all cases at once. Pure: who may change what, and when.
struct Switches: Sendable, Equatable {
  /// Counts what was written.
  var version: Int64 = 0
  var stops: [Stop] = []
  /// Every key that permits are or were signed under.
  var keys: [PermitKey] = []
  /// The latest that a clock has shown, give or take a minute. Time does not go back behind it.
  var clock = Instant(microseconds: 0)
  /// The list of exceptions in force.
  var exceptions: SignedExceptions?
  /// People's own keys that count no more, until when their certificates would have.
  var endedKeys: [EndedKey] = []
  /// Changes that do not stand in the stream yet, oldest first.
  var unsaid: [SwitchChanged] = []

  static let clockSeconds: Double = 60
  /// Why everything is stopped where the row is not ours; it cannot be written then.
  static let damage = "the row of the stop switch was changed past the service"
  var isDamaged: Bool { stops.contains { $0.reason == Self.damage && $0.by == Stop.guardian } }

  func stop(of workflow: String) -> Stop? {
    stops.first { $0.workflow == workflow } ?? stops.first { $0.workflow == Stop.everything }
  }

  /// The switches after a change that the ledger keeps.
  func after(_ what: String, by: String, at now: Instant, proof: JSON? = nil, _ change: (inout Switches) -> Void) -> Switches {
    var next = self
    change(&next)
    next.version += 1
    next.unsaid.append(SwitchChanged(version: next.version, at: now, by: by, what: what, proof: proof))
    return next
  }

  /// What the ledger keeps of the installation's beginning.
  func founded(by genesis: Genesis?) -> Switches {
    guard let genesis else { return self }
    let names = genesis.founders.map { "\($0.name) (\($0.id))" }.joined(separator: " and ")
    let what = "\(names) put the first bundles in force: "
      + genesis.bundles.map { "\($0.workflow) \($0.hash)" }.joined(separator: ", ") + "; genesis \(genesis.digest)"
    return after(what, by: Stop.guardian, at: genesis.at) { _ in }
  }

  /// Nil where it is stopped already.
  func stopping(_ workflow: String, reason: String, by person: String, at now: Instant) -> Switches? {
    guard !stops.contains(where: { $0.workflow == workflow }) else { return nil }
    return after("\(person) stopped \(workflow): \(reason)", by: person, at: now) {
      $0.stops.append(Stop(workflow: workflow, reason: reason, by: person, at: now))
    }
  }

  enum Start: Equatable {
    case notStopped
    /// The word was given for another stop than the one that holds now.
    case another
    /// This person has asked already.
    case samePerson
    /// One of two; another person has until then.
    case first(Switches, until: Instant)
    case started(Switches)
  }

  /// - Parameters:
  ///   - stopped: for which stop the word was given, by when it was stopped; nil where it is given now.
  ///   - proof: what the ledger keeps of the word.
  ///   - human: the person behind an account; two accounts of one person are one.
  func starting(
    _ workflow: String, by person: String, stopped: Int64? = nil, at now: Instant, proof: JSON? = nil, human: (String) -> String
  ) -> Start {
    guard let index = stops.firstIndex(where: { $0.workflow == workflow }) else { return .notStopped }
    let asked = stops[index]
    guard stopped == nil || stopped == asked.at.microseconds else { return .another }
    if let starter = asked.starter, let since = asked.starterAt, now.seconds(since: since) <= Stop.startSeconds,
      now.seconds(since: since) >= 0
    {
      guard human(starter) != human(person) else { return .samePerson }
      return .started(
        after("\(starter) and \(person) started \(workflow) again", by: person, at: now, proof: proof) { next in
          next.stops.remove(at: index)
          // Two people have looked: from here on the clock is believed.
          if workflow == Stop.everything { next.clock = now }
        })
    }
    let next = after("\(person) wants to start \(workflow) again; another person is needed", by: person, at: now, proof: proof) {
      $0.stops[index].starter = person
      $0.stops[index].starterAt = now
    }
    return .first(next, until: now.adding(seconds: Stop.startSeconds))
  }

  /// Takes note of the time, once a minute; a clock that has gone back stops everything, since what has expired would be
  /// young again. Nil where there is nothing to note.
  func noting(_ now: Instant) -> Switches? {
    let ahead = now.seconds(since: clock)
    if ahead < -Self.clockSeconds {
      let reason = "a clock went back by \(Int(-ahead)) s"
      return stopping(Stop.everything, reason: reason, by: Stop.guardian, at: clock)
    }
    guard ahead > Self.clockSeconds else { return nil }
    var next = self
    next.version += 1
    next.clock = now
    return next
  }

  /// What the stream tells is newer than these: the database was put back. Everything stops until two people have looked
  /// which stops are missing. Nil where these are the newest.
  func behind(_ told: Int64, at now: Instant) -> Switches? {
    guard told > version else { return nil }
    var next = self
    next.version = told
    let reason = "the switches were put back to an older state"
    return next.stopping(Stop.everything, reason: reason, by: Stop.guardian, at: now)
      ?? next.after(reason, by: Stop.guardian, at: now) { _ in }
  }

  /// Changes up to this version stand in the stream.
  func said(through version: Int64) -> Switches? {
    guard unsaid.contains(where: { $0.version <= version }) else { return nil }
    var next = self
    next.version += 1
    next.unsaid.removeAll { $0.version <= version }
    return next
  }

  var json: JSON {
    var object = JSONObject([
      ("version", .integer(version)), ("stops", .array(stops.map(\.json))), ("keys", .array(keys.map(\.json))),
      ("clock", .integer(clock.microseconds)),
      ("unsaid", .array(
        unsaid.map { changed in
          var entry = JSONObject([
            ("version", .integer(changed.version)), ("at", .integer(changed.at.microseconds)), ("by", .string(changed.by)), ("what", .string(changed.what)),
          ])
          entry["proof"] = changed.proof
          return .object(entry)
        })),
    ])
    object["exceptions"] = exceptions?.json
    if !endedKeys.isEmpty { object["ended_keys"] = .array(endedKeys.map(\.json)) }
    return .object(object)
  }

  init() {}

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    version = try fields.integer("version")
    stops = try (fields.value("stops").array ?? []).map { try Stop($0) }
    keys = try (fields.value("keys").array ?? []).map { try PermitKey($0) }
    clock = try fields.instant("clock")
    exceptions = try fields.optional("exceptions").map { try SignedExceptions($0) }
    endedKeys = try (fields.optional("ended_keys")?.array ?? []).map { try EndedKey(Fields($0)) }
    unsaid = try (fields.value("unsaid").array ?? []).map { try SwitchChanged(Fields($0)) }
  }
}
