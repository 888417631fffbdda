import Synchronization
import Wire

/// Where a lane keeps its draws: a key that falls into it. The same for every instance that ever works the lane.
struct DrawPlace: Sendable, Equatable {
  let key: String
  /// How many lanes there are; the floors are shared among them.
  let lanes: Int32

  private static let known = Mutex<[Int32: [String]]>([:])

  /// - Parameters:
  ///   - lane: below `lanes`.
  static func of(lane: Int32, among lanes: Int32) -> DrawPlace {
    let keys = known.withLock { known in
      if let keys = known[lanes] { return keys }
      let keys = (0..<lanes).map { key(in: $0, among: lanes) }
      known[lanes] = keys
      return keys
    }
    return DrawPlace(key: keys[Int(lane)], lanes: lanes)
  }

  private static func key(in lane: Int32, among lanes: Int32) -> String {
    var number = 0
    while true {
      let key = "draws-\(lane)-\(number)"
      if Wire.lane(of: key, among: lanes) == lane { return key }
      number += 1
    }
  }
}
