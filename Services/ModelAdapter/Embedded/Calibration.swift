/// Turns a raw score into the probability that the proposal is right, fitted on scores of examples that the model had
/// not seen. Up to 1,000 examples by Platt's logistic curve, above by isotonic regression.
public struct Calibration: Sendable, Equatable {
  enum Curve: Sendable, Equatable {
    case platt(slope: Double, intercept: Double)
    /// Rising probabilities at rising scores; straight lines between, flat outside.
    case isotonic([Knot])
  }
  struct Knot: Sendable, Equatable {
    var score: Double
    var probability: Double
  }
  let curve: Curve
  /// How many examples it rests on.
  public let examples: Int

  static let isotonicAbove = 1000

  init(_ points: [(score: Double, right: Bool)]) {
    examples = points.count
    curve = points.count > Self.isotonicAbove ? .isotonic(Self.isotonic(points)) : Self.platt(points)
  }

  /// A probability, never nearer to 0 or 1 than so many examples can show. The lowest for a score that is no number.
  public func probability(_ score: Double) -> Double {
    switch curve {
    case .platt(let slope, let intercept):
      return least + (1 - 2 * least) * Arithmetic.sigmoid(slope * (score == score ? score : -1e9) + intercept)
    case .isotonic(let knots):
      guard let first = knots.first, let last = knots.last else { return least }
      guard score > first.score else { return first.probability }
      guard score < last.score, let above = knots.firstIndex(where: { $0.score >= score }) else {
        return last.probability
      }
      let a = knots[above - 1], b = knots[above]
      return a.probability + (b.probability - a.probability) * (score - a.score) / max(b.score - a.score, 1e-12)
    }
  }

  private var least: Double { 1 / Double(examples + 2) }

  /// "platt" or "isotonic".
  public var method: String { if case .platt = curve { "platt" } else { "isotonic" } }

  /// Newton's method with back-tracking and smoothed targets (Lin, Lu and Weng 2007). A curve that would fall is made
  /// flat at the base rate: a model whose score says nothing may not be trusted more for a lower one.
  private static func platt(_ points: [(score: Double, right: Bool)]) -> Curve {
    let right = Double(points.count { $0.right }), wrong = Double(points.count) - right
    let high = (right + 1) / (right + 2), low = 1 / (wrong + 2)
    var slope = 0.0, intercept = Arithmetic.log((right + 1) / (wrong + 1))
    let flat = intercept

    func loss(_ slope: Double, _ intercept: Double) -> Double {
      points.reduce(0) { sum, point in
        let p = Arithmetic.sigmoid(slope * point.score + intercept), t = point.right ? high : low
        return sum - t * Arithmetic.log(p) - (1 - t) * Arithmetic.log(1 - p)
      }
    }
    var best = loss(slope, intercept)
    for _ in 0..<100 {
      var h11 = 1e-12, h22 = 1e-12, h21 = 0.0, g1 = 0.0, g2 = 0.0
      for point in points {
        let p = Arithmetic.sigmoid(slope * point.score + intercept), d = p * (1 - p), e = p - (point.right ? high : low)
        h11 += point.score * point.score * d
        h22 += d
        h21 += point.score * d
        g1 += point.score * e
        g2 += e
      }
      guard abs(g1) > 1e-7 || abs(g2) > 1e-7 else { break }
      let determinant = h11 * h22 - h21 * h21
      guard determinant > 1e-18 else { break }
      let ds = -(h22 * g1 - h21 * g2) / determinant, di = -(h11 * g2 - h21 * g1) / determinant
      var step = 1.0
      while step > 1e-8 {
        let next = loss(slope + step * ds, intercept + step * di)
        if next < best { (slope, intercept, best) = (slope + step * ds, intercept + step * di, next); break }
        step /= 2
      }
      guard step > 1e-8 else { break }
    }
    return slope > 0 ? .platt(slope: slope, intercept: intercept) : .platt(slope: 0, intercept: flat)
  }

  /// Pool adjacent violators, beginning with bins of 25 examples: single ones would make steep ends. Each block's
  /// probability is smoothed by one right and one wrong example.
  private static func isotonic(_ points: [(score: Double, right: Bool)]) -> [Knot] {
    struct Block { var scores: Double, right: Double, count: Double }
    var blocks: [Block] = []
    let sorted = points.sorted { $0.score != $1.score ? $0.score < $1.score : !$0.right && $1.right }
    for start in stride(from: 0, to: sorted.count, by: 25) {
      let bin = sorted[start..<min(start + 25, sorted.count)]
      blocks.append(
        Block(
          scores: bin.reduce(0) { $0 + $1.score }, right: Double(bin.count { $0.right }), count: Double(bin.count)))
      while blocks.count > 1, let last = blocks.last,
        blocks[blocks.count - 2].right / blocks[blocks.count - 2].count >= last.right / last.count
      {
        blocks.removeLast()
        blocks[blocks.count - 1].scores += last.scores
        blocks[blocks.count - 1].right += last.right
        blocks[blocks.count - 1].count += last.count
      }
    }
    var highest = 0.0
    return blocks.map { block in
      highest = max(highest, (block.right + 1) / (block.count + 2))
      return Knot(score: block.scores / block.count, probability: highest)
    }
  }
}
