import Foundation
import Testing

@testable import Statistics

/// Against values that other programs computed (`Tests/Expectations/statistics.csv` says how).
@Suite struct StatisticsTests {
  struct Line: CustomTestStringConvertible {
    let name: String
    let arguments: [Double]
    let values: [Double]
    var testDescription: String { "\(name) \(arguments)" }
    func integer(_ place: Int) -> Int { Int(arguments[place]) }
  }

  static let lines: [Line] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = (try? String(contentsOf: root.appendingPathComponent("Expectations/statistics.csv"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let cells = line.split(separator: ",").map(String.init)
      let equals = cells.firstIndex(of: "=") ?? 0
      return Line(
        name: cells[0], arguments: cells[1..<equals].compactMap { Double($0) }, values: cells[(equals + 1)...].compactMap { Double($0) })
    }
  }()

  @Test func theTableIsThere() { #expect(Set(Self.lines.map(\.name)).count == 8) }

  @Test(arguments: lines) func givesWhatOtherProgramsGive(_ line: Line) throws {
    func near(_ found: [Double?]) {
      #expect(found.count == line.values.count)
      for (a, b) in zip(found, line.values) { #expect(abs((a ?? .nan) - b) <= 1e-9 * max(1, abs(b)), "\(a ?? .nan), expected \(b)") }
    }
    let integer = line.integer
    switch line.name {
    case "wilson":
      let interval = try #require(Proportion(integer(0), of: integer(1)).wilson())
      near([interval.low, interval.high])
    case "exact":
      let interval = try #require(Proportion(integer(0), of: integer(1)).exact())
      near([interval.low, interval.high])
    case "none":
      let interval = try #require(Proportion(0, of: integer(0)).exact())
      #expect(interval.low == 0)
      near([interval.high])
    case "newcombe":
      let (estimate, interval) = try #require(
        Proportion.difference(Proportion(integer(0), of: integer(1)), Proportion(integer(2), of: integer(3))))
      near([estimate, interval.low, interval.high])
    case "agreement":
      let found = Agreement(both: integer(0), first: integer(1), second: integer(2), neither: integer(3))
      near([found.raw, found.kappa, found.ac1, found.positive, found.negative])
    case "rank": near([Survival.boundingRank(line.arguments[0], integer(1)).map(Double.init)])
    case "beta": near([betaCDF(line.arguments[0], line.arguments[1], line.arguments[2])])
    case "chapman":
      let (estimate, interval) = try #require(Labels.chapman(first: integer(0), second: integer(1), both: integer(2)))
      near([estimate, interval.low, interval.high])
    default: Issue.record("\(line.name) is tested by nothing")
    }
  }

  @Test func nothingIsSaidOfNothing() {
    #expect(Proportion(0, of: 0).wilson() == nil)
    #expect(Proportion(0, of: 0).exact() == nil)
    #expect(Weighted([]).estimate == nil)
    #expect(Weighted([]).interval() == nil)
    #expect(Survival(ended: Sketch()).quantile(0.5) == nil)
    #expect(Agreement(both: 0, first: 0, second: 0, neither: 0).raw == nil)
    #expect(Labels.chapman(first: 1, second: 5, both: 2) == nil)
  }

  /// By hand: (0.12 + 0.95 - 1) / (0.90 + 0.95 - 1) = 0.0823529…
  @Test func labelsThatErrAreSetRight() throws {
    let (estimate, interval) = try #require(
      Labels.roganGladen(observed: Proportion(12, of: 100), sensitivity: Proportion(90, of: 100), specificity: Proportion(95, of: 100)))
    #expect(abs(estimate - 0.07 / 0.85) < 1e-12)
    #expect(interval.contains(estimate))
    // Wider than if the labels were known to be perfect.
    let naive = try #require(Proportion(12, of: 100).wilson())
    #expect(interval.width > naive.width)
    #expect(
      Labels.roganGladen(observed: Proportion(12, of: 100), sensitivity: Proportion(60, of: 100), specificity: Proportion(50, of: 100)) == nil)
  }

  @Test func chartsSeeShiftsAndNotChance() {
    let limits = ControlLimits(centre: 0.1, count: 100)
    #expect(abs(limits.high - 0.19) < 1e-12 && abs(limits.low - 0.01) < 1e-12)
    #expect(!limits.isOutside(0.18) && limits.isOutside(0.2) && limits.isOutside(0))
    // Montgomery's example (Introduction to Statistical Quality Control, table 9.1, target 10, k 0.5, h 5): signals at the 29th.
    let values = [
      9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.9, 9.33,
      12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52,
    ]
    var cusum = Cusum(target: 10, slack: 0.5, limit: 5)
    let signal = values.firstIndex { cusum.add($0) }
    #expect(signal == 28)
    #expect(abs(cusum.above - 5.28) < 1e-9)
  }
}
