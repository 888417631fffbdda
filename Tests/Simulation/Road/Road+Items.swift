import Messaging
import Wire

/// What is checked of a road when a world has come to rest.
extension Road {
  func checkItems(_ world: World) throws {
    let frames = world.slots[world.slots.count - 1].handled.values.flatMap(\.values)
    var cases: [String: [String]] = [:]
    var refused: Set<String> = []
    var outcomes: [String: [CaseEnded]] = [:]
    for frame in frames {
      switch frame.text("ce_type") {
      case CaseAdmitted.type:
        if let item = Self.admittedItem(frame) { cases[item, default: []].append(frame.text("ce_subject") ?? "") }
      case IntakeReply.type:
        if let item = Self.refusedItem(frame) { refused.insert(item) }
        if let reply = try? IntakeReply(Fields(of: frame)), reply.status == .rejected { refused.insert(reply.record) }
      case CaseEnded.type: outcomes[frame.text("ce_subject") ?? "", default: []].append(try CaseEnded(Fields(of: frame)))
      default: break
      }
    }
    for (item, made) in cases.sorted(by: { $0.key < $1.key }) {
      if made.count > 1 { world.violate("\(item) became \(made.count) cases") }
      for caseID in made { check(item, caseID, outcomes[caseID] ?? [], world) }
    }
    // What nobody could read is named by its place.
    for partition in 0..<World.doorPartitions {
      for message in try world.log(TopicPartition(Topic.intake.name, partition)) {
        guard refused.contains("\(message.source)/\(message.offset)"), let key = message.frame.key else { continue }
        refused.insert(String(decoding: key, as: UTF8.self))
      }
    }
    for item in atDoor.sorted() where cases[item] == nil && !refused.contains(item) {
      world.violate("\(item) was left at the door without a word")
    }
    for (item, caseID) in promised where cases[item]?.first != caseID { world.violate("\(item) was promised \(caseID) and is lost") }
    for (effect, count) in record.performed.sorted(by: { $0.key < $1.key }) where count > 1 {
      world.violate("the effect \(effect) happened \(count) times")
    }
    try audit.check(world.slots[world.slots.count - 1], world)
  }

  private func check(_ item: String, _ caseID: String, _ outcomes: [CaseEnded], _ world: World) {
    guard outcomes.count == 1, let ended = outcomes.first else {
      return world.violate("\(item) \(caseID) has \(outcomes.count) outcomes: \(outcomes.map { "\($0.outcome) \($0.code)" })")
    }
    world.ended[ended.outcome, default: 0] += 1
    guard ended.outcome == "executed" else { return }
    let count = ended.effect.flatMap { record.performed[$0] } ?? 0
    if count != 1 { world.violate("\(item) \(caseID) is executed, and its effect happened \(count) times") }
  }
}
