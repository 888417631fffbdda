import JSON
import Lanes
import Messaging
import Storage
import Wire

/// The real five services, producers at the door, people at the desk, an executor and a system of record.
final class Road: Cast {
  let mayLose = false
  let record = RoadRecord()
  let audit: RoadAudit
  private let executor: RoadExecutor
  let desk = RoadDesk()
  private(set) var items: [String: [UInt8]] = [:]
  private var order: [String] = []
  /// Items that lie at the door, or were taken there.
  private(set) var atDoor: Set<String> = []
  /// What intake has said of items.
  private(set) var admitted: [String: String] = [:]
  private var heard: Set<String> = []
  private var open: [(item: String, promise: () -> RoadIntake.Promise?)] = []
  private(set) var promised: [String: String] = [:]
  /// Questions that reviewers have put to producers.
  private var questions: [QuestionPut] = []

  init() throws {
    audit = try RoadAudit()
    executor = RoadExecutor(record)
  }

  func services(_ world: World) throws -> [(service: SimulatedService, instances: Int)] {
    let shared = world.profile == .shared ? 2 : 1
    return [
      (try RoadIntake.service(world.trap), shared), (try RoadPolicy.service(world.trap), shared),
      (try RoadModelAdapter.service(record, world.trap), shared), (try RoadReviewer.service(world.trap), shared),
      (audit.service(world.trap), 1),
    ]
  }

  func streams(of service: Service) -> [Topic] {
    Topic.streams(of: service).filter { $0 != service.dead && $0 != service.heads }
  }

  func said(_ frame: Frame, on topic: String) {
    desk.said(frame)
    if let item = Self.admittedItem(frame), let caseID = frame.text("ce_subject") {
      admitted[item] = caseID
      heard.insert(item)
    }
    if let item = Self.refusedItem(frame) { heard.insert(item) }
    if frame.text("ce_type") == QuestionPut.type, let put = try? QuestionPut(Fields(of: frame)) { questions.append(put) }
  }

  static func admittedItem(_ frame: Frame) -> String? {
    guard frame.text("ce_type") == CaseAdmitted.type else { return nil }
    return (try? CaseAdmitted(Fields(of: frame)))?.item
  }

  /// The item that a reply turns down, for whatever reason.
  static func refusedItem(_ frame: Frame) -> String? {
    guard frame.text("ce_type") == IntakeReply.type, let reply = try? IntakeReply(Fields(of: frame)),
      reply.status == .rejected || reply.status == .duplicate
    else { return nil }
    return reply.item
  }

  func act(_ world: World, roll: Int) throws {
    switch roll {
    case 0..<8: try publish(world)
    case 8..<10: record.touch(world)
    case 10: try withdraw(world)
    default: desk.act(world)
    }
  }

  func serve(_ world: World) throws {
    try executor.serve(world)
    answerQuestions(world)
    desk.serve(world)
  }

  // MARK: Producers

  private func publish(_ world: World) throws {
    let id: String
    if world.chance(0.15), let earlier = world.pick(order) {
      id = earlier
      world.hit(.repeatedItem, id)
    } else {
      id = "item-\(order.count)"
      order.append(id)
      items[id] = try make(id, world)
    }
    guard let body = items[id] else { return }
    if world.chance(0.3) {
      guard let life = world.pick(world.slots[0].lives) else { return }
      let source = id.hasSuffix("0") ? "bench" : "support-desk"
      if let promise = try RoadIntake.post(body, id: "post-\(id)-\(open.count)", source: source, to: life) {
        open.append((id, promise))
      }
    } else if !world.broker.away {
      if world.chance(0.05) {
        world.hit(.badItem, id)
        return put(Array(body.dropLast(3)), key: id, world)
      }
      atDoor.insert(id)
      put(body, key: id, world)
    }
  }

  /// Each tenth item has no action; the others are tickets, some of which several items are about.
  private func make(_ id: String, _ world: World) throws -> [UInt8] {
    let isOrder = id.hasSuffix("0")
    let samples = try isOrder ? RoadParts.orders.get() : RoadParts.tickets.get()
    guard var sample = world.pick(samples)?.object, var data = sample["data"]?.object else { return [] }
    if isOrder {
      data["number"] = .string("B-\(order.count)")
    } else {
      let ticket = "T-\(5000 + (world.chance(0.2) ? max(0, order.count - 3) : order.count))"
      data["ticket"] = .string(ticket)
      record.open(ticket, subject: data["subject"]?.string ?? "")
    }
    sample["id"] = .string(id)
    sample["data"] = .object(data)
    return JSON.object(sample).canonical
  }

  private func withdraw(_ world: World) throws {
    guard !world.broker.away, let id = world.pick(order.suffix(4)), !id.hasSuffix("0") else { return }
    let body: JSON = [
      "workflow": "ticket-summary", "source": "support-desk", "id": .string(id),
      "type": "countersign.item.withdrawn.v1", "data": ["reason": "sent in error"],
    ]
    put(body.canonical, key: id, world)
  }

  /// Now and then a producer answers, perhaps when nobody waits for it any more; some never do.
  private func answerQuestions(_ world: World) {
    guard !questions.isEmpty, !world.broker.away, world.chance(0.3) else { return }
    let question = questions.removeFirst()
    guard world.chance(0.8) else { return }
    let body: JSON = [
      "workflow": .string(question.workflow), "source": .string(question.origin.source), "id": .string(question.origin.item),
      "type": "countersign.item.answer.v1", "data": ["question": .string(question.question), "words": "as ordered", "by": "somebody"],
    ]
    put(body.canonical, key: question.origin.item, world)
  }

  private func put(_ body: [UInt8], key: String, _ world: World) {
    let partition = Int32.random(in: 0..<World.doorPartitions, using: &world.random)
    world.outsider.put(TopicPartition(Topic.intake.name, partition), key: key, body: body, world)
  }

  func checkAnswers(_ world: World) {
    open.removeAll { item, promise in
      guard let given = promise() else { return false }
      if case .taken(let caseID) = given {
        // Where two histories live on, an item may have a case in each, and the answer may name either.
        if admitted[item] != caseID, world.profile.isExact { world.violate("\(item) was answered and is not durable") }
        promised[item] = caseID
      }
      return true
    }
  }

  /// Each time that audit's process ends: its index is the fold of its ledger.
  func buried(_ life: Life, _ world: World) throws {
    guard life.slot.service.service == .audit, life.isStarted, life.slot.lives.isEmpty, world.isChaotic else { return }
    try audit.checkFold(life.slot, world)
  }

  func forget(_ world: World) throws { atDoor = atDoor.intersection(heard) }

  /// Policy and reviewer keep open cases only, model-adapter what it asks for; intake and audit keep more.
  func isOpen(_ row: Row, of slot: Slot) -> Bool {
    switch slot.service.service {
    // Every open case has a timer; what a lane remembers of draws and stand-downs has none once its epoch is over.
    case .policy: row[2] != .null
    case .reviewer: true
    case .modelAdapter: row[3] != .null
    case .intake, .audit: false
    }
  }
}
