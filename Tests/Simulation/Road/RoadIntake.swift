import Foundation
import JSON
import Lanes
import Messaging
import Storage
import Permits
import Vault
import Wire

@testable import countersign_intake

/// The intake service of a road.
enum RoadIntake {
  static let decider = Result {
    let workflows = try RoadParts.workflows.map { try Workflow(folder: $0) }
    let registry = SourceRegistry(
      sources: [
        Source(
          name: "support-desk", workflows: ["ticket-summary"], requester: ("/customer/email", false), door: nil,
          tokenHash: nil),
        Source(name: "bench", workflows: ["bench"], requester: nil, door: nil, tokenHash: nil),
      ], executors: [RoadParts.executorName: try RoadParts.executorKeys()])
    return IntakeDecider(
      door: Door(
        workflows: Dictionary(workflows.map { ($0.name, $0) }) { first, _ in first }, sources: registry,
        tokeniser: Tokeniser(key: RoadParts.tokenKey), sealer: Sealer(key: RoadParts.vaultKey),
        hashes: ItemHashes(key: RoadParts.tokenKey)),
      reader: EnvelopeReader(limit: 256 << 10), executions: ExecutionReader(sources: registry))
  }

  static func service(_ trap: Trap) throws -> SimulatedService {
    SimulatedService(
      // A case's id is another one at each try; the item's key is the same.
      Trapping(inner: try decider.get(), trap: trap, mark: { $0.claim.map { hex($0.key) } }), doors: [Topic.intake.name, Topic.executions.name], recordLimit: 900_000)
  }

  /// Sends an item as a producer over HTTP does. - Returns: asks for the case that was promised; nil while nothing is.
  static func post(_ body: [UInt8], id: String, source: String, to life: Life) throws -> (() -> Promise?)? {
    guard let mailbox = life.engine?.mailbox as? Mailbox<Trapping<IntakeDecider>> else { return nil }
    let decider = try decider.get()
    let ticket = mailbox.submit(id: id) { reading in
      do throws(Rejection) {
        return decider.door.judge(try decider.reader.structured(body[...]), record: "http/\(id)", .http(source: source), &reading)
      } catch {
        return .refuse(error, record: "http/\(id)")
      }
    }
    return {
      switch ticket.result {
      case nil: nil
      case .success(.taken(let caseID))?, .success(.repeated(let caseID))?: .taken(caseID)
      default: .nothing
      }
    }
  }

  enum Promise { case taken(String), nothing }
}
