import Identity
import JSON
import Messaging
import Wire

/// People who look at what is to be decided and decide it, each act a command to some instance of the reviewer.
final class RoadDesk {
  private var open: [String] = []
  private var count = 0
  private var looking: [(caseID: String, person: Int, until: Instant, answer: () -> (status: Int, body: JSON)?)] = []

  func said(_ frame: Frame) {
    guard let caseID = frame.text("ce_subject") else { return }
    switch frame.text("ce_type") {
    case ReviewRequested.type: if !open.contains(caseID) { open.append(caseID) }
    case CaseEnded.type: open.removeAll { $0 == caseID }
    default: break
    }
  }

  /// Somebody opens a task.
  func act(_ world: World) {
    guard let caseID = world.pick(open) else { return }
    perform(world.chance(0.2) ? .claim : world.chance(0.1) ? .ask : .look, by: Int.random(in: 0..<RoadReviewer.staff, using: &world.random), on: caseID, world)
  }

  /// Whoever has seen a case decides it; in times of peace nobody leaves anything lying.
  func serve(_ world: World) {
    let heard = looking.compactMap { look in look.answer().map { (look.caseID, look.person, $0) } }
    // A process that has ended never answers.
    looking.removeAll { $0.answer() != nil || $0.until < world.clock.wall }
    for (caseID, person, answer) in heard where answer.status == 200 && answer.body["view"] != nil {
      perform(.decide(decision(answer.body, world)), by: person, on: caseID, world)
      if world.isChaotic, world.chance(0.1) { perform(.undo, by: person, on: caseID, world) }
    }
    guard !world.isChaotic else { return }
    for caseID in open where !looking.contains(where: { $0.caseID == caseID }) {
      perform(.look, by: Int.random(in: 0..<RoadReviewer.staff, using: &world.random), on: caseID, world)
    }
  }

  private func decision(_ file: JSON, _ world: World) -> JSON {
    let verbs: [(String, String)] = world.isChaotic
      ? [("approve", ""), ("approve", ""), ("approve", ""), ("reject", "wrong_answer"), ("escalate", "expert_needed")]
      : [("approve", ""), ("approve", ""), ("reject", "wrong_answer")]
    let (verb, code) = world.pick(verbs) ?? ("approve", "")
    return [
      "version": file["file"]?["version"] ?? 0, "view": file["view"] ?? "", "verb": .string(verb), "code": .string(code),
      "words": "because",
    ]
  }

  private func perform(_ act: DeskAct, by person: Int, on caseID: String, _ world: World) {
    count += 1
    guard let slot = world.slots.first(where: { $0.service.service == .reviewer }), let life = world.pick(slot.lives),
      let answer = RoadReviewer.perform(act, by: person, on: caseID, id: "desk-\(count)", at: life)
    else { return }
    looking.append((caseID, person, world.clock.wall.adding(seconds: 30), answer))
  }
}
