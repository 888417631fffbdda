import Foundation
import Host
import JSON
import Lanes
import Messaging
import Storage
import Wire

/// The smallest two services on the mechanism, for measuring what the mechanism itself costs: `intake` reads the door,
/// claims each item's key, makes a case and passes the body on; `policy` keeps a state for each case until its timer
/// would fire, and passes the body on, too.
///
///     countersign-hop intake|policy SETTINGS-FILE
@main struct Main {
  static func main() async {
    let arguments = CommandLine.arguments
    do {
      guard arguments.count == 3, let service = Service(rawValue: arguments[1]) else {
        throw Unreadable("usage", "countersign-hop intake|policy SETTINGS-FILE")
      }
      var settings = Settings(file: try String(contentsOfFile: arguments[2], encoding: .utf8))
      let config = RoadConfig(service, port: service == .intake ? 7101 : 7102, &settings)
      try settings.finish()
      switch service {
      case .intake: try await serve(Hop<First>(inputs: []), config, doors: ["intake"], caller: NoCaller())
      default: try await serve(Hop<Second>(inputs: [.cases]), config, caller: NoCaller())
      }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }
}

protocol HopRole: Sendable {
  static var service: Service { get }
  static var output: Topic { get }
  static var claims: Bool { get }
}

enum First: HopRole {
  static let service = Service.intake
  static let output = Topic.cases
  static let claims = true
}

enum Second: HopRole {
  static let service = Service.policy
  static let output = Topic.modelRequests
  static let claims = false
}

struct Hop<Role: HopRole>: Decider {
  static var service: Service { Role.service }
  typealias CallResult = Bool
  let inputs: [Topic]

  struct Event: LaneEvent {
    let key: String
    let body: [UInt8]
    let claim: KeyEntry?
  }

  struct State: LaneState {
    var timers: [LaneTimer] { [] }
    var calls: [NoCall] { [] }
    func write(_ writer: inout JSONWriter) { writer.null() }
    init(_ json: JSON) {}
  }

  struct Passed: ServiceRecord {
    let topic: Topic
    let type = "countersign.hop.passed.v1"
    let key: String
    let body: [UInt8]
    func write(_ writer: inout JSONWriter) { writer.raw(body) }
    static func read(type: String, topic: Topic, frame: Frame) throws -> Passed {
      Passed(topic: topic, key: frame.text("ce_subject") ?? "", body: Array(frame.body ?? []))
    }
  }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event? {
    guard let body = message.frame.body else { throw Unreadable("empty", "no body") }
    guard Role.claims else {
      return Event(key: message.frame.text("ce_subject") ?? "", body: Array(body), claim: nil)
    }
    let id = message.frame.header("ce_id") ?? []
    let key = context.makeCaseID()
    let digest = sha256(Array(id) + Array(body))
    return Event(
      key: key, body: Array(body),
      claim: KeyEntry(key: Array(digest.prefix(16)), value: Array(key.utf8), at: context.now.microseconds))
  }

  func timer(_ name: String, key: String, due: Instant) -> Event { Event(key: key, body: [], claim: nil) }

  func ended(_ call: NoCall, key: String, with result: Bool?) -> Event { Event(key: key, body: [], claim: nil) }

  func decide(_ event: Event, _ view: View<State>, now: Instant) -> [Output<Passed, Bool>] {
    view.claimed == nil ? [.emit(Passed(topic: Role.output, key: event.key, body: event.body))] : []
  }

  func evolve(_ state: State?, _ record: Passed) -> State? { nil }
  func failed(_ failure: Failure, _ state: State?) -> [Passed] { [] }
}
