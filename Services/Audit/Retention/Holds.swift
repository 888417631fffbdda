import Domain
import JSON
import Lanes
import Wire

/// The legal holds on the same things. One person places a hold, two different ones end it. Pure.
struct Holds: Sendable, Equatable {
  struct Hold: Sendable, Equatable {
    let placed: HoldChanged
    /// Who was the first of two to ask for its end.
    var asked: HoldChanged?
  }
  /// For so long the first one's word waits for another person's, µs on the story's clock.
  static let releaseWaits: Int64 = 86_400_000_000
  /// At most so many on the same things.
  static let most = 50

  private(set) var all: [Hold] = []

  init() {}

  var isEmpty: Bool { all.isEmpty }
  subscript(id: String) -> Hold? { all.first { $0.placed.hold == id } }

  enum Answer: Sendable, Equatable {
    /// It stands; contents of the case are being destroyed already under an erasure that was decided before: what is left of them is kept.
    case placed(isLate: Bool)
    /// Another person has to say so until then.
    case another(until: Instant)
    case released
    case unknown
    /// Whoever asks has asked before, and would be both.
    case samePerson
    case tooMany
  }

  /// - Parameters:
  ///   - change: `placed` places one; each other act asks for the end of one.
  ///   - isErasing: whether contents of the case are being destroyed.
  static func decide(_ change: HoldChanged, _ holds: Holds?, _ isErasing: Bool, now: Instant) -> [Output<AuditRecord, AuditDecider.Answer>] {
    let holds = holds ?? Holds()
    guard change.act != .placed else {
      guard holds.all.count < most else { return [.answer(.hold(.tooMany))] }
      // A command that is made again says nothing anew.
      guard holds[change.hold] == nil else { return [.answer(.hold(.placed(isLate: isErasing)))] }
      return [.emit(.hold(change.at(now, .placed))), .answer(.hold(.placed(isLate: isErasing)))]
    }
    guard let hold = holds[change.hold] else { return [.answer(.hold(.unknown))] }
    func word(_ said: HoldChanged, at time: Instant) -> FirstWord { FirstWord(person: said.person, human: said.human, at: time.microseconds) }
    switch word(change, at: now).answer(after: hold.asked.map { word($0, at: $0.at) }, within: releaseWaits) {
    case .samePerson: return [.answer(.hold(.samePerson))]
    case .second: return [.emit(.hold(change.at(now, .released))), .answer(.hold(.released))]
    case .first:
      return [
        .emit(.hold(change.at(now, .releaseAsked))),
        .answer(.hold(.another(until: Instant(microseconds: now.microseconds + releaseWaits)))),
      ]
    }
  }

  func after(_ change: HoldChanged) -> Holds {
    var holds = self
    switch change.act {
    case .placed: if self[change.hold] == nil { holds.all.append(Hold(placed: change)) }
    case .releaseAsked:
      for place in holds.all.indices where holds.all[place].placed.hold == change.hold { holds.all[place].asked = change }
    case .released: holds.all.removeAll { $0.placed.hold == change.hold }
    }
    return holds
  }

  var json: JSON {
    .array(all.map { ["placed": Self.json($0.placed), "asked": $0.asked.map(Self.json) ?? .null] })
  }

  init(_ json: JSON) throws {
    all = try (json.array ?? []).map { one in
      let fields = try Fields(one)
      return Hold(
        placed: try HoldChanged(Fields(fields.value("placed"))), asked: try fields.optional("asked").map { try HoldChanged(Fields($0)) })
    }
  }

  private static func json(_ change: HoldChanged) -> JSON {
    var writer = JSONWriter()
    change.write(&writer)
    return (try? JSON.parse(writer.finish()[...], limits: .stored)) ?? .null
  }
}

extension HoldChanged {
  fileprivate func at(_ now: Instant, _ act: Act) -> HoldChanged {
    HoldChanged(hold: hold, act: act, scope: scope, value: value, person: person, human: human, reason: reason, at: now)
  }
}
