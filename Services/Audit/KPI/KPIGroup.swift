import Storage
import Wire

/// In what cases are alike. By these figures can be asked for apart.
struct KPIGroup: Hashable, Sendable {
  enum Dimension: String, CaseIterable, Sendable {
    case workflow, risk, route, model, prompt, bundle, tier
    /// By which draw the case came to be looked at, and with which probability it was chosen for adjudication (thousandths): only
    /// of cases that were adjudicated.
    case draw, share
    /// One of its codes; empty in the sums over all cases.
    case reason

    /// What may be asked for.
    static let asked: [Dimension] = [.workflow, .risk, .route, .model, .prompt, .bundle, .tier, .reason]

    /// In `values`, and in a key.
    fileprivate var place: Int {
      switch self {
      case .workflow: 0
      case .risk: 1
      case .route: 2
      case .model: 3
      case .prompt: 4
      case .bundle: 5
      case .tier: 6
      case .draw: 7
      case .share: 8
      case .reason: 9
      }
    }
  }
  private(set) var values: [String]

  subscript(_ dimension: Dimension) -> String {
    get { values[dimension.place] }
    set { values[dimension.place] = newValue }
  }

  init(_ row: CaseRow, isLabelled: Bool) {
    let m = row.measures
    func fact(_ fact: Fact) -> String { row.facts[fact].map(Self.plain) ?? "none" }
    values = [
      fact(.workflow), fact(.risk), fact(.route), fact(.model), fact(.prompt), fact(.bundle), String(Self.tier(m)),
      isLabelled ? (m.draw.isEmpty ? "none" : Self.plain(m.draw)) : "", isLabelled ? String(m.share) : "", "",
    ]
  }

  /// Without what would end a value in a key.
  private static func plain(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
    return String(decoding: text.utf8.filter { $0 >= 0x20 }, as: UTF8.self)
  }

  /// The highest that was reached: 0 where nobody was asked.
  private static func tier(_ m: CaseMeasures) -> Int {
    guard m[.asked] != nil else { return 0 }
    return (2...CaseMeasures.tiers).last { number in CaseMeasures.Moment.tier(number).flatMap { m[$0] } != nil } ?? 1
  }

  var key: String {
    var key = ""
    key.reserveCapacity(values.reduce(values.count) { $0 + $1.utf8.count })
    for (place, value) in values.enumerated() {
      if place > 0 { key += Self.separator }
      key += value
    }
    return key
  }
  private static let separator = "\u{1F}"

  /// Keys of the sums over all cases and of those of each of these codes.
  func keys(_ codes: [String]) -> [String] {
    let all = key
    return [all] + codes.map { all + $0 }
  }

  /// Nil for a key of a later version.
  init?(key: String) {
    values = key.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    guard values.count == Dimension.allCases.count else { return nil }
  }

  /// How an adjudicated case came to be one.
  struct Drawn: Hashable, Sendable {
    /// With which probability it was looked at at all, and then chosen for adjudication.
    let looked: Double
    let chosen: Double
  }

  /// Nil where that is not on record: such a case can stand for nobody. One that was not drawn was looked at for certain.
  var drawn: Drawn? {
    guard let thousandths = Double(self[.share]), thousandths > 0 else { return nil }
    let parts = self[.draw].split(separator: " ")
    guard parts.count == 2 else { return self[.draw] == "none" ? Drawn(looked: 1, chosen: thousandths / 1_000) : nil }
    guard let looked = Double(parts[1]), looked > 0, looked <= 1 else { return nil }
    return Drawn(looked: looked, chosen: thousandths / 1_000)
  }
}
