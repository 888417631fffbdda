import Synchronization
import Wire

/// Where a lane keeps what is no case's: keys that fall into it. The same for every instance that ever works the lane.
struct DrawPlace: Sendable, Equatable {
  /// Of its draws.
  let key: String
  /// Of its stand-downs.
  let standDowns: String
  /// Of its uses of exceptions.
  let exceptions: String
  /// How many lanes there are; the floors are shared among them.
  let lanes: Int32

  private static let known = Mutex<[Int32: [DrawPlace]]>([:])

  /// - Parameters:
  ///   - lane: below `lanes`.
  static func of(lane: Int32, among lanes: Int32) -> DrawPlace {
    all(among: lanes)[Int(lane)]
  }

  /// - Parameter key: of a case.
  static func of(_ key: String, among lanes: Int32) -> DrawPlace { of(lane: Wire.lane(of: key, among: lanes), among: lanes) }

  /// Of every lane, in order.
  static func all(among lanes: Int32) -> [DrawPlace] {
    known.withLock { known in
      if let places = known[lanes] { return places }
      let places = (0..<lanes).map { lane in
        DrawPlace(key: key("draws", in: lane, among: lanes), standDowns: key("stand-downs", in: lane, among: lanes),
          exceptions: key("exception-uses", in: lane, among: lanes), lanes: lanes)
      }
      known[lanes] = places
      return places
    }
  }

  private static func key(_ name: String, in lane: Int32, among lanes: Int32) -> String {
    var number = 0
    while true {
      let key = "\(name)-\(lane)-\(number)"
      if Wire.lane(of: key, among: lanes) == lane { return key }
      number += 1
    }
  }
}
