/// Which children of one array or object some keyword has looked at: what `unevaluated…` leaves alone.
///
/// Children are named by their place, an object's in canonical order. Where nobody asks, nothing is noted.
struct Evaluated {
  private(set) var isNoted: Bool
  private var all = false
  private var flags: [Bool]

  /// Notes nothing.
  static var ignored: Evaluated { Evaluated(isNoted: false, flags: []) }

  private init(isNoted: Bool, flags: [Bool]) {
    self.isNoted = isNoted
    self.flags = flags
  }

  init(children: Int) { self.init(isNoted: true, flags: Array(repeating: false, count: children)) }

  /// An empty one of the same size, for a branch that may fail.
  var blank: Evaluated { Evaluated(isNoted: isNoted, flags: Array(repeating: false, count: flags.count)) }

  mutating func note(_ child: Int) { if isNoted, child < flags.count { flags[child] = true } }

  mutating func noteAll() { all = isNoted }

  func contains(_ child: Int) -> Bool { all || child < flags.count && flags[child] }

  mutating func formUnion(_ other: Evaluated) {
    guard isNoted else { return }
    all = all || other.all
    if other.all { return }
    for child in other.flags.indices where other.flags[child] { note(child) }
  }
}
