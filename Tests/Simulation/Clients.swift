@testable import Lanes
import JSON
import Messaging
import Wire

/// Those outside: producers at the door and people with commands.
final class Clients {
  private let producer: any Producer
  private var sent: Int64 = 0
  private(set) var items: [Item] = []
  /// Items that lie at the door, by what they promise.
  private(set) var atDoor: Set<String> = []
  private(set) var cases: [String] = []
  private var open: [(ticket: Ticket<Order.Answer>, item: String)] = []
  /// What was answered: item to case, and touches.
  private(set) var accepted: [String: String] = [:]
  private(set) var touches: Set<String> = []
  private var admitted: [String: String] = [:]
  private var touched: Set<String> = []
  private var touchCount = 0

  init(_ bus: MemoryBus) throws { producer = try bus.makeProducer() }

  /// What the door service has committed.
  func said(_ record: ToyRecord) {
    if record.type == ToyRecord.admitted {
      admitted[record.item] = record.key
      cases.append(record.key)
    } else if record.type == ToyRecord.touch {
      touched.insert(record.item)
    }
  }

  func publish(_ world: World, kinds: [Item.Kind] = Item.Kind.allCases) {
    let item: Item
    if world.chance(0.15), let earlier = world.pick(items) {
      item = earlier
      world.hit(.repeatedItem, item.id)
    } else {
      item = Item(id: "i\(items.count)", kind: kind(of: kinds, world))
      items.append(item)
    }
    if world.chance(0.3) {
      create(item, world)
    } else if !world.broker.away {
      put(item, world, isBad: world.chance(0.05))
    }
  }

  private func kind(of kinds: [Item.Kind], _ world: World) -> Item.Kind {
    guard world.chance(0.12) else { return .plain }
    return world.pick(kinds) ?? .plain
  }

  private func put(_ item: Item, _ world: World, isBad: Bool) {
    if isBad { world.hit(.badItem, item.id) } else { atDoor.insert(item.id) }
    var body = JSONWriter()
    body.object { writer in
      writer.member("item", item.id)
      writer.member("kind", isBad ? "nonsense" : item.kind.rawValue)
    }
    let partition = Int32.random(in: 0..<World.doorPartitions, using: &world.random)
    world.say("\(item.id) (\(item.kind)) is put at the door \(partition)")
    put(TopicPartition(Topic.intake.name, partition), key: item.id, body: body.finish(), subject: item.id, world)
  }

  private func put(_ partition: TopicPartition, key: String, body: [UInt8], subject: String, _ world: World) {
    var frame = FrameWriter()
    frame.begin(key: key.utf8, body: body)
    frame.header("ce_subject", subject)
    frame.header("ce_type", "toy.item")
    frame.end()
    sent += 1
    world.broker.nextRow(.deliver)
    _ = try? producer.send(Outgoing(id: sent, partition: partition, frames: frame.bytes, count: 1))
    _ = producer.reports()
  }

  func putForeign(_ world: World) {
    guard let topic = world.pick([Topic.cases, Topic.outcomes]) else { return }
    world.hit(.foreignRecord, topic.name)
    let partition = TopicPartition(topic.name, Int32.random(in: 0..<World.lanes, using: &world.random))
    put(partition, key: "x", body: Array("{}".utf8), subject: "x", world)
  }

  private func mailbox(_ world: World) -> Mailbox<Order>? {
    world.pick(world.slots[0].lives)?.engine?.mailbox as? Mailbox<Order>
  }

  private func create(_ item: Item, _ world: World) {
    guard let mailbox = mailbox(world) else { return }
    let ticket = mailbox.submit(id: "c-\(item.id)") { reading in
      .submitted(item, caseID: reading.makeCaseID(), at: reading.now)
    }
    open.append((ticket, item.id))
  }

  func touch(_ world: World) {
    guard let caseID = world.pick(cases.suffix(8)), let mailbox = mailbox(world) else { return }
    touchCount += 1
    let touch = "t\(touchCount)"
    open.append((mailbox.submit(id: touch) { _ in .touched(caseID: caseID, touch: touch) }, touch))
  }

  /// An answer is a promise: it may say only what is durable.
  func checkAnswers(_ world: World) {
    open.removeAll { ticket, item in
      guard let result = ticket.result else { return false }
      guard case .success(let answer) = result else { return true }
      switch answer {
      case .accepted(let name) where item.hasPrefix("t"):
        if !touched.contains(name) { world.violate("\(name) was answered and is not durable") }
        touches.insert(name)
      case .accepted(let caseID):
        if admitted[item] != caseID { world.violate("\(item) was answered and is not durable") }
        accepted[item] = caseID
      case .duplicate, .gone: break
      }
      return true
    }
  }

  /// The broker has forgotten what lay at its door.
  func forget(_ handled: (Item) -> Bool) { atDoor = atDoor.filter { id in items.contains { $0.id == id && handled($0) } } }
}
