import Synchronization

/// Counters and gauges in Prometheus' text form. Names and labels come from a closed set, never from input.
public final class Metrics: Sendable {
  private struct Series: Hashable {
    let name: String
    let labels: String
  }
  private struct Family {
    let kind: String
    let help: String
  }
  private let state = Mutex<(families: [String: Family], values: [Series: Double])>(([:], [:]))

  public init() {}

  /// - Parameter labels: in the form `lane="3"`.
  public func set(_ name: String, _ value: Double, labels: String = "", help: String) {
    state.withLock {
      $0.families[name] = Family(kind: "gauge", help: help)
      $0.values[Series(name: name, labels: labels)] = value
    }
  }

  /// Sets a counter to its total.
  public func count(_ name: String, total: Int, labels: String = "", help: String) {
    state.withLock {
      $0.families[name] = Family(kind: "counter", help: help)
      $0.values[Series(name: name, labels: labels)] = Double(total)
    }
  }

  public func increment(_ name: String, labels: String = "", help: String) {
    state.withLock {
      $0.families[name] = Family(kind: "counter", help: help)
      $0.values[Series(name: name, labels: labels), default: 0] += 1
    }
  }

  public var text: String {
    let (families, values) = state.withLock { $0 }
    var lines: [String] = []
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      lines.append("# HELP \(name) \(family.help)")
      lines.append("# TYPE \(name) \(family.kind)")
      for (series, value) in values.filter({ $0.key.name == name }).sorted(by: { $0.key.labels < $1.key.labels }) {
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        lines.append(series.labels.isEmpty ? "\(name) \(number)" : "\(name){\(series.labels)} \(number)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
