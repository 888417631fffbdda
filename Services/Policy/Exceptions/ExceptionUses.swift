import JSON
import Wire

/// How often a lane's cases used each exception.
struct ExceptionUses: Equatable {
  struct Uses: Equatable {
    var count: Int64
    var last: Instant
    /// When the exception ends.
    let until: Instant
  }

  /// By the exception's id.
  private(set) var uses: [String: Uses] = [:]
  /// So long after its end the uses of an exception are told.
  static let keptSeconds: Double = 90 * 86_400

  func after(_ used: ExceptionUsed) -> ExceptionUses {
    var state = self
    state.uses = uses.filter { used.at.seconds(since: $0.value.until) < Self.keptSeconds }
    state.uses[used.exception] = Uses(count: (uses[used.exception]?.count ?? 0) + 1, last: used.at, until: used.until)
    return state
  }

  /// Those of all lanes together.
  func adding(_ other: ExceptionUses) -> ExceptionUses {
    var sum = self
    for (id, more) in other.uses {
      let own = sum.uses[id]
      sum.uses[id] = Uses(count: (own?.count ?? 0) + more.count, last: max(own?.last ?? more.last, more.last), until: more.until)
    }
    return sum
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("exception_uses")
      writer.object { writer in
        for (id, each) in uses.sorted(by: { $0.key < $1.key }) {
          writer.key(id)
          writer.object { writer in
            writer.member("count", each.count)
            writer.member("last", each.last)
            writer.member("until", each.until)
          }
        }
      }
    }
  }

  init() {}

  init(_ json: JSON) throws(WireError) {
    for member in json["exception_uses"]?.object?.members ?? [] {
      let fields = try Fields(member.value)
      uses[member.key] = Uses(
        count: try fields.integer("count"), last: try fields.instant("last"), until: try fields.instant("until"))
    }
  }
}
