import JSON
import Lanes
import Wire

/// A case as model-adapter knows it: the request that waits for the outside world, and the private values that its
/// evidence holds.
struct OpenRequest: LaneState {
  /// Nil once it was answered.
  var request: ModelRequested?
  /// When it is given up.
  var until: Instant
  /// Ids of calls that have not ended.
  var owed: [String]
  /// What came in, by call id (`Fetched.json`).
  var results: JSONObject
  /// Private values of the case behind tokens (`Sealer`); nil where there are none.
  var sealed: String?
  /// Until when they are kept.
  var keep: Instant

  /// How long sealed values stay after the case's own end: permits are issued up to a day after the last decision.
  static let keepSeconds: Double = 48 * 3600

  var timers: [LaneTimer] {
    request == nil ? [LaneTimer("forget", due: keep)] : [LaneTimer("give-up", due: until)]
  }

  var calls: [AdapterCall] {
    guard let request else { return [] }
    return owed.map { AdapterCall(id: $0, request: request, results: results) }
  }

  init(_ request: ModelRequested, until: Instant, sealed: String?) {
    self.request = request
    self.until = until
    owed = []
    results = JSONObject()
    self.sealed = sealed
    keep = request.deadline.adding(seconds: OpenRequest.keepSeconds)
  }

  /// An answered case of which only the vault is left.
  init(sealed: String, keep: Instant) {
    request = nil
    until = keep
    owed = []
    results = JSONObject()
    self.sealed = sealed
    self.keep = keep
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      if let request {
        writer.key("request")
        request.write(&writer)
      }
      writer.member("until", until)
      writer.member("owed", owed)
      writer.member("results", .object(results))
      writer.member("sealed", sealed)
      writer.member("keep", keep)
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    request = try fields.optional("request").map { try ModelRequested(Fields($0)) }
    until = try fields.instant("until")
    owed = try fields.texts("owed")
    results = try fields.value("results").object ?? JSONObject()
    sealed = fields.optionalText("sealed")
    keep = try fields.instant("keep")
  }

  static func evolve(_ state: OpenRequest?, _ record: ModelRecord) -> OpenRequest? {
    switch record {
    case .pending(_, let body, let request):
      if let request {
        var open = OpenRequest(request, until: body.until ?? request.deadline, sealed: body.sealed ?? state?.sealed)
        open.owed = body.calls
        open.results = body.results.object ?? JSONObject()
        return open
      }
      guard var open = state, open.request != nil else { return nil }
      open.owed = body.calls
      for member in body.results.object?.members ?? [] { open.results[member.key] = member.value }
      open.sealed = body.sealed ?? open.sealed
      return open
    case .made(_, let body): return vault(body.sealed, body.keep)
    case .failed(_, let body, _): return vault(body.sealed, body.keep)
    }
  }

  private static func vault(_ sealed: String?, _ keep: Instant?) -> OpenRequest? {
    guard let sealed, let keep else { return nil }
    return OpenRequest(sealed: sealed, keep: keep)
  }
}

/// Something to be asked of the outside world: a source (`source:NAME`) or the model (`model`). Both only read.
struct AdapterCall: LaneCall {
  static let model = "model"

  let id: String
  let request: ModelRequested
  /// What is known by then.
  let results: JSONObject
  var repeatable: Bool { true }
}

enum AdapterResult: Sendable {
  case source(Fetched)
  case model(Result<Answer, ModelFailure>)
}
