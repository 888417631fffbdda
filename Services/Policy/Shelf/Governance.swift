import Bundles
import Host
import JSON
import Lanes
import Logging
import Permits
import Wire
import Workflows

/// A row of `governance`: what the installation began with, which bundle of a workflow is in force, what is stopped, a key of
/// permits with its state, or the exceptions with their uses.
///
/// Rows are copies for whoever joins late. Nobody may trust a key because it stands there.
enum GovernanceRow: Sendable {
  case genesis(GenesisTold)
  case bundle(BundleInForce)
  case key(KeyInForce)
  case stops(StopsInForce)
  case exceptions(ExceptionsInForce)

  var key: String {
    switch self {
    // No workflow has a name with a slash.
    case .genesis: "genesis/"
    case .bundle(let bundle): bundle.workflow
    case .key(let key): "key/\(key.id)"
    case .stops: "stops"
    case .exceptions: "exceptions"
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .genesis(let body): body.write(&writer)
    case .bundle(let body): body.write(&writer)
    case .key(let body): body.write(&writer)
    case .stops(let body): body.write(&writer)
    case .exceptions(let body): body.write(&writer)
    }
  }

  var body: [UInt8] {
    var writer = JSONWriter()
    write(&writer)
    return writer.finish()
  }
}

/// Publishes the rows of `governance`: when this instance takes lane 0, in which tables are written, and again on a new
/// run of a broker that forgets.
struct Governance: Sendable {
  let shelf: Shelf
  let stops: Stops
  let exceptions: ExceptionsTold

  var rows: [GovernanceRow] {
    let bundles = shelf.policies.sorted { $0.key < $1.key }.map { name, policy in
      let since = shelf.since[name] ?? Instant(microseconds: 0)
      return GovernanceRow.bundle(BundleInForce(
        workflow: name, hash: policy.bundle.hash, signature: shelf.signatures[name] ?? "", since: since,
        fileDiffers: shelf.ignored.contains(name)))
    }
    let switches = stops.now
    let keys = switches.keys.map { GovernanceRow.key(KeyInForce(id: $0.id, told: $0.told(at: max(.now, switches.clock)))) }
    return [.genesis(GenesisTold(told: shelf.genesis.json))] + bundles + keys + [.stops(StopsInForce(switches.stops))]
  }

  private struct Occasion: Equatable {
    let starts: Int
    let brokerRun: String?
  }

  func publish(_ road: Road<PolicyDecider>, _ lanes: @Sendable () -> EngineState) async {
    var occasion: Occasion?
    // What was published on this occasion, by its row.
    var published: [String: [UInt8]] = [:]
    var isDamaged = false
    while !Task.isCancelled {
      let state = lanes()
      if occasion != Occasion(starts: state.starts, brokerRun: state.brokerRun) || !state.lanes.contains(0) {
        published = [:]
      }
      // Whoever has the lane meanwhile publishes; when it comes back, so do we.
      if state.lanes.contains(0) {
        occasion = Occasion(starts: state.starts, brokerRun: state.brokerRun)
        do {
          try await list(road)
          for row in rows + [.exceptions(ExceptionsInForce(try exceptions.all(road)))] where published[row.key] != row.body {
            _ = try await road.perform("governance/\(row.key)") { _ in .publish(row) }
            published[row.key] = row.body
          }
          try await tell(road)
          if stops.now.isDamaged != isDamaged {
            try await tellDamage(road)
            isDamaged.toggle()
          }
        } catch { road.logger.info("governance is not published yet: \(error)") }
      }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }

  /// Whoever changes the row past us cannot keep it out of the ledger.
  private func tellDamage(_ road: Road<PolicyDecider>) async throws {
    let now = stops.now
    let what = now.isDamaged ? "\(Switches.damage); everything is stopped" : "the row of the stop switch is as it was"
    let told = SwitchChanged(version: now.version, at: .now, by: Stop.guardian, what: what)
    _ = try await road.perform("switch/\(told.version)/damage/\(told.at.microseconds)") { _ in .said(told) }
  }

  /// Puts a list of exceptions into the stream, and so into the ledger.
  private func list(_ road: Road<PolicyDecider>) async throws {
    guard let signed = stops.now.exceptions, try exceptions.told(road.store) < signed.version else { return }
    _ = try await road.perform("exceptions/\(signed.version)") { _ in .listed(signed.listed) }
  }

  /// Puts changes of the switches into the stream, and so into the ledger.
  private func tell(_ road: Road<PolicyDecider>) async throws {
    guard let last = stops.now.unsaid.last else { return }
    for change in stops.now.unsaid where change.version <= last.version {
      _ = try await road.perform("switch/\(change.version)") { _ in .said(change) }
    }
    try stops.change(road.store) { $0.said(through: last.version) }
  }
}

/// What the installation began with, as `countersign init` wrote it.
struct GenesisTold: Body {
  static let type = "countersign.genesis.v1"
  let told: JSON

  init(told: JSON) { self.told = told }

  func write(_ writer: inout JSONWriter) { writer.value(told) }

  init(_ fields: Fields) throws(WireError) { told = .object(fields.object) }
}

/// Which bundle of a workflow is in force.
struct BundleInForce: Body {
  static let type = "countersign.bundle.in_force.v1"
  let workflow: String
  let hash: String
  /// An operator's, for this version.
  let signature: String
  let since: Instant
  /// The workflow's file on disk says something else and changes nothing: somebody edited it.
  let fileDiffers: Bool

  init(workflow: String, hash: String, signature: String, since: Instant, fileDiffers: Bool = false) {
    self.signature = signature
    self.fileDiffers = fileDiffers
    self.workflow = workflow
    self.hash = hash
    self.since = since
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("hash", hash)
      writer.member("signature", signature)
      writer.member("since", since)
      writer.member("file_differs", fileDiffers)
    }
  }

  init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), hash: try fields.text("hash"), signature: try fields.text("signature"),
      since: try fields.instant("since"),
      fileDiffers: fields.optional("file_differs")?.bool ?? false)
  }
}

/// A public key of permits, with its state: `signing`, `verifying` (another one signs since less than two hours), `retired`
/// or `revoked`.
struct KeyInForce: Body {
  static let type = "countersign.key.in_force.v1"
  let id: String
  let told: JSON

  init(id: String, told: JSON) {
    self.id = id
    self.told = told
  }

  func write(_ writer: inout JSONWriter) { writer.value(told) }

  init(_ fields: Fields) throws(WireError) {
    self.init(id: try fields.text("kid"), told: .object(fields.object))
  }
}

/// What is stopped, by whom and why.
struct StopsInForce: Body {
  static let type = "countersign.stops.in_force.v1"
  let stops: JSON

  init(_ stops: [Stop]) { self.stops = .array(stops.map(\.json)) }

  func write(_ writer: inout JSONWriter) { writer.object { $0.member("stops", stops) } }

  init(_ fields: Fields) throws(WireError) { stops = try fields.value("stops") }
}

/// The exceptions of the list in force, with their state and uses.
struct ExceptionsInForce: Body {
  static let type = "countersign.exceptions.in_force.v1"
  let told: JSON

  init(_ told: JSON) { self.told = told }

  func write(_ writer: inout JSONWriter) { writer.value(told) }

  init(_ fields: Fields) throws(WireError) { told = .object(fields.object) }
}
