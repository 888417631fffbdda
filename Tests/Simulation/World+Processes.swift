@testable import Lanes
import Messaging
import Storage
import Wire

extension World {
  /// Starts what does not run.
  func startMissing() {
    for slot in slots {
      while slot.lives.filter({ $0.ownStore == nil }).count < slot.instances { start(slot) }
    }
  }

  private func start(_ slot: Slot) {
    lives += 1
    let life = Life(self, slot, instance: "\(slot.service.service.rawValue)-\(lives)")
    var config = LaneConfig(instance: life.instance, lanes: World.lanes, doors: slot.service.doors)
    config.exclusive = slot.instances == 1
    config.batchLimit = Int.random(in: 1...40, using: &random)
    config.callLimit = 3
    config.recordLimit = slot.service.recordLimit
    config.outboxLimit = chance(0.1) ? Int64(slot.service.recordLimit) * 3 / 4 : 1 << 30
    if chance(0.5) { config.gatherSeconds = 0.02 }
    life.engine = slot.service.makeEngine(life, config, random.next())
    slot.lives.append(life)
    say("\(life.instance) starts")
  }

  /// One turn of a process, and a look at what it left.
  func turn(_ life: Life) {
    guard !life.isDead, let engine = life.engine else { return }
    do {
      if !life.isStarted {
        try engine.start()
        life.isStarted = true
      }
      try engine.turn()
      noteRun(life)
    } catch LaneError.cannotStart(let text) {
      say("\(life.instance) refuses: \(text)")
      life.slot.refusals.append(text)
      life.isDead = true
    } catch {
      say("\(life.instance) ended by \((error as? StoreError).map { "\($0.kind) " } ?? "")\(error)")
      life.isDead = true
    }
    bury()
    if !life.slot.lives.contains(where: \.isInTransaction) { check(life.slot) }
  }

  func bury() {
    // A trap may have been sprung by the last thing that a process did.
    for slot in slots {
      let dead = slot.lives.filter(\.isDead)
      guard !dead.isEmpty else { continue }
      // An engine holds its process by its store and bus; what it has open must go with it.
      for life in dead { life.engine = nil }
      slot.lives.removeAll { $0.isDead }
      for life in dead {
        do { try cast.buried(life, self) } catch { violate("\(life.instance) left what cannot be read: \(error)") }
      }
    }
  }

  func stopOrderly(_ life: Life) {
    hit(.orderlyStop, life.instance)
    do { try life.engine?.stop(clock.wall.adding(seconds: 0.2)) } catch { say("\(life.instance) stops with \(error)") }
    life.isDead = true
    bury()
  }

  func kill(_ slot: Slot) {
    for life in slot.lives { life.isDead = true }
    bury()
  }

  // MARK: Faults inside of a process

  func drawCrash() -> Bool { isChaotic && chance(0.0015) }
  func drawReadFault() -> Bool { isChaotic && chance(0.004) }

  func drawStoreFault() -> FaultKind? {
    guard isChaotic, chance(0.03) else { return nil }
    let kinds: [FaultKind] = [
      .crashBeforeCommit, .crashAfterCommit, .commitLostAndDone, .commitLostAndUndone, .conflict, .conflict, .unavailable,
      .refusedData,
    ]
    guard let kind = pick(kinds) else { return nil }
    if kind != .crashBeforeCommit, kind != .crashAfterCommit { hit(kind, "") }
    return kind
  }

  /// Between two steps of one process another one has a turn, and time goes by.
  func interlude(during life: Life) {
    guard isChaotic, depth == 0, chance(0.012), !slots.contains(where: { $0.lives.contains(where: \.isInTransaction) }) else {
      return
    }
    let others = slots.flatMap(\.lives).filter { $0 !== life && !$0.isDead }
    let twins = others.filter { $0.slot === life.slot }
    guard let other = chance(0.6) && !twins.isEmpty ? pick(twins) : pick(others) else { return }
    depth += 1
    if chance(0.4) { clock.move(11) }
    hit(.takeOverInBetween, "\(other.instance) during \(life.instance)")
    if other.slot === life.slot { hit(.sharedLanes, "") }
    turn(other)
    depth -= 1
  }

  func wait(_ duration: Duration) {
    clock.move(Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds))
    broker.tick()
  }

  // MARK: Calls

  struct PendingCall {
    let life: Life
    let id: String
    let key: String
    let due: Instant
    var isPerformed: Bool
    let isAnswered: Bool
    let end: @Sendable () -> Void
  }

  func began(_ id: String, key: String, repeatable: Bool, by life: Life, end: @escaping @Sendable () -> Void) {
    say("\(life.instance) calls \(id) for \(key)")
    let isAnswered = !isChaotic || chance(0.9)
    var call = PendingCall(
      life: life, id: id, key: key, due: clock.wall.adding(seconds: Double.random(in: 0...3, using: &random)),
      isPerformed: false, isAnswered: isAnswered, end: end)
    if chance(0.5) { perform(&call) }
    calls.append(call)
  }

  private func perform(_ call: inout PendingCall) {
    guard !call.isPerformed else { return }
    call.isPerformed = true
    guard call.id == "act" else { return }
    executions[call.key, default: 0] += 1
    if executions[call.key, default: 0] > 1, profile.isExact {
      violate("the effect of \(call.key) happened twice")
    }
  }

  func endCalls() {
    let now = clock.wall
    let due = calls.filter { $0.due <= now }
    calls.removeAll { $0.due <= now }
    for var call in due.shuffled(using: &random) {
      if call.isAnswered || chance(0.5) { perform(&call) }
      if call.isAnswered, !call.life.isDead { call.end() }
    }
  }
}
