import Lanes
import Messaging
import Storage
import Wire

/// One process from its start to its end.
final class Life: @unchecked Sendable {
  let world: World
  let slot: Slot
  let instance: String
  /// Its own where it lives on over a database that was replaced; else the slot's.
  var ownStore: SQLiteStore?
  var isDead = false
  var isInTransaction = false
  var isStarted = false
  var engine: Engine?
  /// The run of the broker that it last worked in, where the broker forgets.
  var brokerRun: String?
  /// Where it last saw each log end.
  var ends: [TopicPartition: Int64] = [:]

  init(_ world: World, _ slot: Slot, instance: String) {
    self.world = world
    self.slot = slot
    self.instance = instance
  }

  var store: SQLiteStore { ownStore ?? slot.store }

  func die(_ kind: FaultKind) -> Crash {
    isDead = true
    if kind == .trap {
      world.trap.reset()
      world.traps[slot.service.service, default: 0] += 1
    }
    world.hit(kind, "\(instance) ends")
    return Crash()
  }

  /// Called between any two things that the process does outside of itself.
  func boundary() throws {
    if isDead { throw Crash() }
    if world.trap.isSprung { throw die(.trap) }
    if world.drawCrash() { throw die(.crash) }
    if !isInTransaction { world.interlude(during: self) }
  }
}

/// A service in the world: its database and its processes.
final class Slot: @unchecked Sendable {
  let service: SimulatedService
  let instances: Int
  var store: SQLiteStore
  var lives: [Life] = []
  var model: any Model
  var backups: [Backup] = []
  /// Whether the model follows the database; not after a restore.
  var isModelCurrent = true
  var marks: [String: Int64] = [:]
  /// Epoch and attempts of each lane, as last written.
  var taken: [Int64: (epoch: Int64, attempts: Int64)] = [:]
  /// What lay there, unread, when each lane was taken: before that is handled, no timer may fire.
  var mustRead: [Int32: [TopicPartition: Int64]] = [:]
  /// What was committed by this database or one that it replaced, by stream, number and epoch.
  var committed: Set<String> = []
  /// What it has handled: topic, partition and number. A recovered database does not hold all of it.
  var handled: [TopicPartition: [Int64: Frame]] = [:]
  var alerts: [LaneAlert] = []
  var refusals: [String] = []

  struct Backup {
    let bytes: [UInt8]
    let model: any Model
    let marks: [String: Int64]
  }

  func backup() throws -> Backup { Backup(bytes: try store.snapshot(), model: model, marks: marks) }

  init(_ service: SimulatedService, instances: Int) throws {
    self.service = service
    self.instances = instances
    store = try SQLiteStore(path: ":memory:", readers: 0)
    model = service.makeModel()
  }
}
