import Identity
import JSON
import Wire

/// Of a case that takes up an ended one: why, by whom, and what had become of it.
struct ReopensCard {
  let view: CaseView
  let people: People

  var html: HTML {
    guard let reopens = Reopens(view.file["reopens"]) else { return "" }
    let stands: HTML = reopens.hadEffect ? "<p>What was done there stays done, whatever is decided here.</p>" : ""
    let how = reopens.kind == .appeal ? "An appeal" : "Reopened"
    return """
      <section class="card" aria-labelledby="again"><h2 id="again">\(how) <span>by \(by(reopens))</span></h2>
      <div class="pad"><p>\(view.names.named(reopens.words))</p><p><a href="/cases/\(attribute: reopens.caseID)">The case before</a> ended \(Plain.words(reopens.outcome).lowercased()). Nobody who decided it\(reopens.kind == .reopen ? ", or had it reopened," : "") may decide this one.</p>\(stands)</div></section>
      """
  }

  /// Of an appeal the source says who it is; that is nobody of the house, whatever name it gives.
  private func by(_ reopens: Reopens) -> String {
    guard reopens.kind == .reopen, let id = reopens.by.split(separator: " ").last else { return reopens.by }
    return people.person(id: String(id))?.name ?? reopens.by
  }
}
