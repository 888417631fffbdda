import Statistics
import Storage

/// What a workflow's open cases are to its budgets at one moment, from sums alone: late now, and not only when they end.
struct OpenStanding {
  let open: Int
  /// By whom. A case is late from the second on in which it becomes so.
  let late: [Budget: Int]
  /// How many wait for people: now, and of those for more than an hour, two and three.
  let waiting: [Int]
  /// Pages that nobody has taken.
  let untaken: Int

  /// - Parameter now: µs.
  init(_ promise: Promise, now: Int64, _ transaction: any StoreTransaction) throws {
    let (workflow, limit) = (promise.workflow, Sketch.bucket(promise.target))
    let last = Self.lastLate(promise.target, now: now)
    func begun(_ kind: OpenMark.Kind, through second: Int64) throws -> Int { try OpenCells.count(kind, workflow, through: second, transaction) }
    func longer(_ kind: OpenMark.Kind) throws -> Int { try OpenCells.count(kind, workflow, over: limit, transaction) }
    open = try OpenCells.count(.total, workflow, over: -1, transaction)
    let all = try begun(.total, through: last)
    let withoutPlatform = min(all, try begun(.withoutPlatform, through: last) + longer(.fixedWithoutPlatform))
    let peoples = min(withoutPlatform, try begun(.peoples, through: last) + longer(.fixedPeoples))
    late = [.platform: all - withoutPlatform, .policy: withoutPlatform - peoples, .people: peoples]
    waiting = try (0...3).map { try begun(.asked, through: max(-1, now / 1_000_000 - Int64($0) * 3_600)) }
    untaken = try OpenCells.count(.untaken, workflow, over: -1, transaction)
  }

  /// The last second in which a case may have begun that is late by now; -1 where none is.
  static func lastLate(_ target: Int64, now: Int64) -> Int64 {
    let limit = Sketch.bucket(target)
    // Whatever began up to `low` is late, whatever did after `high` is not.
    var (low, high) = (Int64(-1), max(0, now / 1_000_000))
    while low < high {
      let middle = (low + high + 1) / 2
      if Sketch.bucket(now - middle * 1_000_000) > limit { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
