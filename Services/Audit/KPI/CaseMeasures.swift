import JSON
import Messaging
import Storage
import Wire

/// What the KPIs need of a case, folded from its records: first and last moments, who saw and who decided, what was found out
/// afterwards. The fold does not depend on the order of the records (first, last, all of), so that figures made anew from the
/// ledger are the same.
struct CaseMeasures: Sendable, Equatable {
  enum Moment: UInt8, CaseIterable, Sendable {
    /// First ones.
    case ingested = 1, requested, proposed, judged, asked, claimed, decided, permittedAlone, permitted, edited, rejected, escalated, raised, waived
    /// Whoever asked for the action was asked something.
    case questioned = 15
    case pending = 20, opened, acted
    /// Last ones.
    case decidedLast = 32
    case effect, resolved
    /// Whoever asked has answered.
    case answered
    /// No moment: by how many µs a rung of its ladder was late, of several the most. Nobody was called for so long.
    case overdue
    case decisionLast = 40
    /// When a tier was reached first: `tier + number`.
    case tier1 = 65
    case tier2, tier3, tier4, tier5, tier6, tier7, tier8

    var isLast: Bool { (32..<64).contains(rawValue) }
    static func tier(_ number: Int) -> Moment? { Moment(rawValue: UInt8(clamping: 64 + number)) }
  }
  static let tiers = 8
  /// Of people and codes of one case at most: the first in order.
  static let mostCollected = 32

  private(set) var moments = Moments()
  /// Who was shown the case, and when first; who decided it, and when last.
  private(set) var seen: [String: Int64] = [:]
  private(set) var deciders: [String: Int64] = [:]
  /// Codes of the rules for which people were asked.
  private(set) var codes: Set<String> = []
  /// How it came to be looked at for checking, as `hold 0.080`; empty where it was not drawn.
  private(set) var draw = ""
  /// With which probability it was chosen for adjudication, in thousandths; 0 where it was not.
  private(set) var share: Int64 = 0
  /// What adjudication found, and when: 1 right, 2 wrong; 3 and 4 the same where two people agreed on it, 5 and 6 where they differed and a
  /// third decided. Of one moment the larger counts: a record whose content is gone tells no more than 1 or 2.
  private(set) var truth: Int64 = 0
  private(set) var truthAt: Int64 = 0
  /// Bits by the place in `CaseDefect.Kind.allCases`.
  private(set) var defects: Int64 = 0
  /// What the manifest needs besides moments.
  var way = WayMeasures()
  /// What the table of required fields found.
  var fields = FieldMeasures()

  subscript(_ moment: Moment) -> Int64? { moments[moment] }
  var isWrong: Bool? { truth == 0 ? nil : truth % 2 == 0 }
  /// How many people it took to find the truth: 2 or 3; nil where that is not on record.
  var adjudicators: Int64? { truth < 3 ? nil : (truth + 1) / 2 }

  init() {}

  mutating func note(_ moment: Moment, _ time: Int64) {
    moments.note(moment, time)
  }

  mutating func see(_ person: String, _ time: Int64) { Self.keep(person, time, &seen, isLast: false) }
  mutating func decide(_ person: String, _ time: Int64) { Self.keep(person, time, &deciders, isLast: true) }

  private static func keep(_ person: String, _ time: Int64, _ known: inout [String: Int64], isLast: Bool) {
    guard person.utf8.count <= 250 else { return }
    if let old = known[person] {
      if isLast ? time > old : time < old { known[person] = time }
      return
    }
    known[person] = time
    if known.count > mostCollected, let last = known.keys.max(by: { precedes($0, $1) }) { known[last] = nil }
  }

  mutating func add(codes new: some Sequence<String>) {
    for code in new where code != "none" && !code.isEmpty && code.utf8.count <= 100 { codes.insert(code) }
    while codes.count > Self.mostCollected, let last = codes.max(by: { precedes($0, $1) }) { codes.remove(last) }
  }

  /// Of several the first in order counts: a case is drawn once.
  mutating func take(draw new: String) {
    guard new != "none", !new.isEmpty, new.utf8.count <= 40 else { return }
    if draw.isEmpty || precedes(new, draw) { draw = new }
  }

  mutating func take(share new: Double) {
    guard new > 0, new <= 1 else { return }
    share = max(share, Int64((new * 1_000).rounded()))
  }

  /// - Parameter people: how many it took, where that is known.
  mutating func take(truth isRight: Bool, by people: Int64? = nil, at time: Int64) {
    let extra: Int64 = people == 2 ? 2 : people == 3 ? 4 : 0
    take(truth: (isRight ? 1 : 2) + extra, time)
  }

  private mutating func take(truth new: Int64, _ time: Int64) {
    guard new != 0, (time, new) > (truth == 0 ? .min : truthAt, truth) else { return }
    (truth, truthAt) = (new, time)
  }

  mutating func take(defect kind: CaseDefect.Kind) {
    if let place = CaseDefect.Kind.allCases.firstIndex(of: kind) { defects |= 1 << Int64(place) }
  }

  /// What two halves of the same case's records amount to.
  mutating func merge(_ other: CaseMeasures) {
    for entry in other.moments.entries { note(entry.moment, entry.time) }
    for (person, time) in other.seen { see(person, time) }
    for (person, time) in other.deciders { decide(person, time) }
    add(codes: other.codes)
    take(draw: other.draw)
    share = max(share, other.share)
    take(truth: other.truth, other.truthAt)
    defects |= other.defects
    way.merge(other.way)
    fields.merge(other.fields)
  }

  /// Empty where nothing is known, else `u8 255 | …` so that it can follow a case's facts.
  var bytes: [UInt8] {
    if self == CaseMeasures() { return [] }
    var writer = Packed()
    writer.integer(Int64(moments.entries.count))
    for entry in moments.entries {
      writer.bytes.append(entry.moment.rawValue)
      writer.integer(entry.time)
    }
    for people in [seen, deciders] {
      writer.integer(Int64(people.count))
      for (person, time) in people.sorted(by: { precedes($0.key, $1.key) }) {
        writer.text(person)
        writer.integer(time)
      }
    }
    writer.integer(Int64(codes.count))
    for code in codes.sorted(by: precedes) { writer.text(code) }
    writer.text(draw)
    for number in [share, truth, truthAt, defects] { writer.integer(number) }
    for number in way.numbers + fields.numbers { writer.integer(number) }
    return [CaseMeasures.mark] + writer.bytes
  }
  static let mark: UInt8 = 255

  /// - Parameter bytes: from behind the mark.
  init(_ bytes: ArraySlice<UInt8>) throws(StoreError) {
    var reader = PackedReader(bytes)
    for _ in 0..<(try reader.count()) {
      let kind = try reader.byte()
      let time = try reader.integer()
      // One of a later version is left out.
      if let moment = Moment(rawValue: kind) { moments.note(moment, time) }
    }
    seen = try reader.people()
    deciders = try reader.people()
    for _ in 0..<(try reader.count()) { codes.insert(try reader.text()) }
    draw = try reader.text()
    share = try reader.integer()
    truth = try reader.integer()
    truthAt = try reader.integer()
    defects = try reader.integer()
    // A row of a version before the manifest ends here.
    guard !reader.isAtEnd else { return }
    way = try WayMeasures(&reader)
    fields = try FieldMeasures(&reader)
  }
}

/// By bytes, as databases and other languages sort.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
