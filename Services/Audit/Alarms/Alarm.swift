import JSON
import Wire

/// An alert that stands until it is resolved; or that budgets of a workflow are spent (`BudgetState.prefix`).
struct Alarm: Sendable, Equatable {
  let since: Instant
  /// As it was told; empty where an earlier version kept neither.
  let code: String
  let text: String

  init(since: Instant, code: String, text: String) { (self.since, self.code, self.text) = (since, code, text) }

  /// Members of an object that is being written.
  func write(_ writer: inout JSONWriter) {
    writer.member("since", since)
    writer.member("code", code)
    writer.member("text", text)
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    self.init(since: try fields.instant("since"), code: fields.optionalText("code") ?? "", text: fields.optionalText("text") ?? "")
  }
}
