import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import Lanes
import Wire

extension PageRoutes {
  /// An edit that is not sent yet, beside what is proposed; what was typed is kept as a draft.
  func addPreview(_ router: Router<BasicRequestContext>) {
    router.post("/tasks/:case/preview") { request, context in
      let key = try Edge.key(context)
      let (visitor, form) = try await posted(request)
      try await keep(form, of: visitor, for: key)
      return try await show(key, visitor, notice: "Not sent yet: this is what you change.", draft: form)
    }
  }

  /// - Throws: 503 where the database does not answer. What is too large for a draft is not kept.
  private func keep(_ form: Form, of visitor: Visitor, for key: String) async throws {
    let values = form.values.filter { Draft.isTyped($0.key) }
    guard values.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= Draft.mostBytes else { return }
    let draft = Draft(version: Int64(form["version"] ?? "") ?? 0, values: values, saved: .now)
    try await edge.kept { try await edge.drafts.keep(draft, of: visitor.person.full, for: key) }
  }
}
