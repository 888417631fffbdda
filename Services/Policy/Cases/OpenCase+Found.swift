import Bundles
import Domain
import JSON
import Lanes
import Wire

extension OpenCase {
  /// What others found about the proposal, as the last case file tells it. It stays with the case while people have it: their edit, an
  /// expert's turn and a second question are judged by it too, and so nothing gets milder because the model is not asked again.
  ///
  /// - Parameter told: what is found now; the same is not told twice.
  func found(beside told: [Finding]) -> [Finding] {
    guard phase != .proposing else { return [] }
    return (matches.array ?? []).compactMap { match in
      // What policy could not judge it finds anew, or does not.
      guard let rule = match["rule"]?.string, rule.hasPrefix("finding."), let code = match["code"]?.string.flatMap(ReasonCode.init(rawValue:)),
        code != .policyError, let route = match["route"]?.string.flatMap(Route.init(rawValue:))
      else { return nil }
      let field = match["evidence"]?.string ?? "", said = match["because"]?.string ?? ""
      guard !told.contains(where: { $0.code == code && $0.field.sameCodePoints(as: field) }) else { return nil }
      let detail = !field.isEmpty && said.hasPrefix("\(field): ") ? String(said.dropFirst(field.count + 2)) : said
      return Finding(code: code, field: field, detail: detail, atLeast: route)
    }
  }
}
