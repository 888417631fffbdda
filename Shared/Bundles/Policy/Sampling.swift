import Crypto
import Domain

/// How cases on the automatic route are drawn for checking.
public struct Sampling: Sendable, Equatable {
  public var mode: DrawMode
  /// The base rate, in [0,1]; an epoch's actual rate is fixed at its start by the caller.
  public var rate: Double

  /// The stratum of a case within its workflow.
  public static func stratum(risk: Risk, modelVersion: String) -> String { "\(risk.rawValue)/\(modelVersion)" }

  /// Draws a case. The same arguments give the same draw, for ever and anywhere.
  ///
  /// `u` is the first 8 bytes (big-endian) of HMAC-SHA-256 under the epoch's seed over workflow, stratum and case id as
  /// UTF-8, each followed by a line feed, divided by 2^64 as a binary64 number. A case is drawn if `u < rate`; at
  /// a rate of 1 every case is.
  ///
  /// - Parameter rate: the epoch's rate for the stratum; outside [0,1] or NaN it counts as 1: more is looked at.
  public static func draw(
    seed: [UInt8], workflow: String, stratum: String, caseID: String, rate: Double, mode: DrawMode
  ) -> Draw {
    guard mode != .none else { return Draw(mode: .none, drawn: false, probability: 0, stratum: stratum) }
    let rate = (0...1).contains(rate) ? rate : 1
    let u = uniform(seed: seed, workflow: workflow, stratum: stratum, caseID: caseID)
    return Draw(mode: mode, drawn: rate >= 1 || u < rate, probability: rate, stratum: stratum)
  }

  /// The number in [0,1] that decides a draw.
  public static func uniform(seed: [UInt8], workflow: String, stratum: String, caseID: String) -> Double {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(workflow)\n\(stratum)\n\(caseID)\n".utf8), using: SymmetricKey(data: seed))
    let first = code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(first) / 0x1p64
  }
}

/// Reads `sampling`.
func readSampling(_ root: Section, _ template: Template) -> Sampling {
  guard let section = root.section("sampling") else {
    if template == .sampled { root.missing("sampling", "write {mode: hold, rate: 0.08}, or {mode: none}") }
    return Sampling(mode: .none, rate: 0)
  }
  defer { section.finish() }
  let mode = section.choice("mode", DrawMode.self, required: true) ?? .none
  let rate = section.number("rate", in: 0.0001...1)
  if mode != .none, rate == nil, !section.has("rate") { section.missing("rate", "write a rate such as 0.08") }
  if mode == .none, rate != nil {
    section.mistakes.add(
      section.line, section.pathed("rate"), "no rate expected without a draw", "remove it or set mode")
  }
  if mode != .none, template != .sampled {
    section.mistakes.add(
      section.line, section.path, "sampling belongs to template A: here every case is decided by people", "remove it")
  }
  return Sampling(mode: mode, rate: rate ?? 0)
}
