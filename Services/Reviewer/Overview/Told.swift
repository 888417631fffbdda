import JSON

/// Audit's figures as people read them.
enum Told {
  static func percent(_ json: JSON?) -> String {
    guard let share = json?.double else { return "–" }
    let tenths = (share * 1_000).rounded() / 10
    return "\(Plain.decimal(tenths, places: tenths == tenths.rounded() ? 0 : 1)) %"
  }

  /// A KPI with its interval and what it rests on, or that it is none.
  static func figure(_ json: JSON) -> HTML {
    let n = json["n"]?.integer ?? 0
    guard json["status"]?.string == "ok", let estimate = json["estimate"]?.double else {
      return "<span class=\"quiet\">not enough data <small>\(json["why"]?.string ?? "")</small></span>"
    }
    if json["unit"]?.string == "s" {
      let bound: HTML = (json["high"]?.double).map { ", at most \(Plain.span($0))" } ?? ""
      return "<b>\(Plain.span(estimate))</b> <small>n = \(n)\(bound)</small>"
    }
    if json["unit"]?.string == "coefficient" {
      func told(_ name: String) -> String { json[name]?.double.map { Plain.decimal($0, places: 2) } ?? "–" }
      return "<b>\(told("estimate"))</b> <small>\(told("low")) to \(told("high")), n = \(n)</small>"
    }
    return "<b>\(percent(json["estimate"]))</b> <small>\(percent(json["low"])) to \(percent(json["high"])), n = \(n)</small>"
  }

  /// `yes` or `no`, and why.
  static func answer(_ json: JSON, _ name: String, _ because: String, isGood: Bool) -> HTML {
    let isSo = json[name]?.bool == true
    let reasons = (json[because]?.array ?? []).compactMap(\.string)
    let word: HTML = isSo == isGood ? "<b class=\"met\">\(isSo ? "yes" : "no")</b>" : "<b class=\"late\">\(isSo ? "yes" : "no")</b>"
    guard !reasons.isEmpty else { return word }
    return "\(word), because<ul class=\"because\">\(reasons.html { "<li>\($0)</li>" })</ul>"
  }

  static func texts(_ json: JSON?) -> [String] { (json?.array ?? []).compactMap(\.string) }

  static let silent: HTML = """
    <p class="notice alert" role="alert">Audit does not answer, or nobody has told the desk where (AUDIT_URL): countersign ready tells.</p>
    """
}
