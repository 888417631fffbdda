@testable import Lanes
import JSON
import Messaging
import Storage
import Wire

/// The toys: two services and a watcher, producers at the door and people with commands.
final class Clients: Cast {
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

  let mayLose = true

  func services(_ world: World) -> [(service: SimulatedService, instances: Int)] {
    let shared = world.profile == .shared ? 2 : 1
    return [
      (SimulatedService(Order(trap: world.trap), doors: [Topic.intake.name]), shared),
      (SimulatedService(Fulfil(trap: world.trap), result: { _, _, _ in "done" }), shared), (SimulatedService(Watch()), 1),
    ]
  }

  func streams(of service: Service) -> [Topic] { service == .intake ? [.cases, .effects, .replies] : [.outcomes, .permits] }

  func act(_ world: World, roll: Int) { if roll < 16 { publish(world) } else { touch(world) } }

  func serve(_ world: World) {}

  func isOpen(_ row: Row, of slot: Slot) -> Bool { true }

  func said(_ frame: Frame, on topic: String) {
    guard let record = ToyRecord.of(frame) else { return }
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
    world.outsider.put(
      TopicPartition(Topic.intake.name, partition), key: item.id, body: body.finish(),
      headers: [("ce_subject", item.id), ("ce_type", "toy.item")], world)
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

  func forget(_ world: World) throws {
    let items = items
    let held = try world.slots[0].store.read { try $0.find(Tables.keySet, items.map(\.claimKey)) }
    let handled = Set(zip(items, held).compactMap { $1 == nil ? nil : $0.id })
    atDoor = atDoor.filter { handled.contains($0) }
  }
}
