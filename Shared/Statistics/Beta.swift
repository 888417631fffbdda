import Glibc

/// The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction.
func betaCDF(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  // It converges fast only on this side of the mean.
  if x > (a + 1) / (a + b + 2) { return 1 - betaCDF(1 - x, b, a) }
  let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)) / a
  let tiny = 1e-300
  var c = 1.0
  var d = 1 - (a + b) * x / (a + 1)
  if abs(d) < tiny { d = tiny }
  d = 1 / d
  var result = d
  for m in 1...5_000 {
    let k = Double(m)
    for step in 0..<2 {
      let numerator =
        step == 0
        ? k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)) : -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
      d = 1 + numerator * d
      if abs(d) < tiny { d = tiny }
      c = 1 + numerator / c
      if abs(c) < tiny { c = tiny }
      d = 1 / d
      result *= d * c
    }
    if abs(d * c - 1) < 1e-15 { break }
  }
  return min(1, front * result)
}

/// Where I_x(a, b) is `p`, to the last bits, by halving.
func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
  var (low, high) = (0.0, 1.0)
  for _ in 0..<200 {
    let middle = (low + high) / 2
    if middle <= low || middle >= high { break }
    if betaCDF(middle, a, b) < p { low = middle } else { high = middle }
  }
  return (low + high) / 2
}

/// Reentrant, unlike `lgamma`.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}
