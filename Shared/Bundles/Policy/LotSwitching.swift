import Domain

/// How closely a stratum is looked at: single sampling with the switching rules of ISO 2859-1, at an acceptable quality
/// level of 2.5 wrong ones in a hundred.
///
/// A lot is what people said of a stratum's held samples during one epoch. Pure: the same lots give the same state anywhere.
public struct LotSwitching: Sendable, Equatable {
  public enum Severity: String, Sendable, CaseIterable {
    case normal
    /// Twice as many are drawn.
    case tightened
    /// Nothing goes alone until a person signs.
    case stopped
  }

  public private(set) var severity = Severity.normal
  /// Whether each of the last lots was accepted, the newest last, at most five, since the last switch.
  public private(set) var recent: [Bool] = []
  /// Lots rejected since it was tightened.
  public private(set) var rejected = 0

  public init() {}

  public init(severity: Severity, recent: [Bool], rejected: Int) {
    (self.severity, self.recent, self.rejected) = (severity, Array(recent.suffix(Self.remembered)), rejected)
  }

  private static let remembered = 5

  /// The acceptance numbers of the standard's tables: from so many samples on, so many wrong ones are accepted.
  private static let normal = [(20, 1), (32, 2), (50, 3), (80, 5), (125, 7), (200, 10)]
  private static let tightened = [(32, 1), (50, 2), (80, 3), (125, 5), (200, 8)]

  /// How many of `samples` may be wrong in a lot that is accepted.
  public static func acceptance(samples: Int, _ severity: Severity) -> Int {
    (severity == .normal ? normal : tightened).last { samples >= $0.0 }?.1 ?? 0
  }

  /// A lot is complete. One without samples says nothing.
  public mutating func close(samples: Int, wrong: Int) {
    guard samples > 0 else { return }
    let isAccepted = wrong <= Self.acceptance(samples: samples, severity)
    recent = (recent + [isAccepted]).suffix(Self.remembered)
    switch severity {
    case .normal:
      // Two rejected among five or fewer.
      if recent.count(where: { !$0 }) >= 2 { self = LotSwitching(severity: .tightened, recent: [], rejected: 0) }
    case .tightened:
      if !isAccepted { rejected += 1 }
      if rejected >= 5 {
        self = LotSwitching(severity: .stopped, recent: [], rejected: rejected)
      } else if recent.count == Self.remembered, recent.allSatisfy({ $0 }) {
        self = LotSwitching()
      }
    case .stopped: break
    }
  }

  /// A person signs that it may go on, tightened at first. Nothing changes where it is not stopped.
  public mutating func resume() {
    if severity == .stopped { self = LotSwitching(severity: .tightened, recent: [], rejected: 0) }
  }

  /// The share that is drawn, where `rate` would be normal.
  public func rate(_ rate: Double) -> Double {
    switch severity {
    case .normal: rate
    case .tightened: min(1, rate * 2)
    case .stopped: 1
    }
  }
}
