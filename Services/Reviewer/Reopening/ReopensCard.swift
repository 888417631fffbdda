import JSON
import Wire

/// Of a case that takes up an ended one: why, by whom, and what had become of it.
struct ReopensCard {
  let view: CaseView

  var html: HTML {
    guard let reopens = Reopens(view.file["reopens"]) else { return "" }
    let stands: HTML = reopens.hadEffect ? "<p>What was done there stays done, whatever is decided here.</p>" : ""
    let how = reopens.kind == .appeal ? "An appeal" : "Reopened"
    return """
      <section class="card" aria-labelledby="again"><h2 id="again">\(how) <span>by \(reopens.by)</span></h2>
      <div class="pad"><p>\(view.names.named(reopens.words))</p><p><a href="/cases/\(attribute: reopens.caseID)">The case before</a> ended \(Plain.words(reopens.outcome).lowercased()). Nobody who decided it may decide this one.</p>\(stands)</div></section>
      """
  }
}
