import Identity
import JSON
import Wire

/// What whoever asked was asked, and what they said: beside the reasons, for it changes what one decides.
struct QuestionsCard {
  let page: TaskPage

  private var view: CaseView { page.view }

  var html: HTML {
    let answers = view.file["answers"]?.array ?? []
    guard !answers.isEmpty || view.json["question"] != nil else { return "" }
    return """
      <section class="card" aria-labelledby="questions"><h2 id="questions">Asked and answered</h2><ol class="hops">\(answers.html(answer))\(open)</ol></section>
      """
  }

  private func answer(_ answer: JSON) -> HTML {
    let who = answer["by"]?.string.map { "\($0), says \(answer["source"]?.string ?? "the source")" } ?? answer["source"]?.string ?? "The source"
    return """
      <li><time>\(moment(answer["asked"]))</time> <span><b>Asked:</b> \(view.names.named(answer["words"]?.string ?? ""))</span></li>
      <li><time>\(moment(answer["answered"]))</time> <span><b>\(who):</b> \(view.names.named(answer["answer"]?.string ?? ""))</span></li>
      """
  }

  private var open: HTML {
    guard let question = view.json["question"] else { return "" }
    let who = question["person"]?.string.map { page.people.person(id: $0)?.name ?? $0 } ?? ""
    return """
      <li><time>\(Plain.moment(question["asked_at"]?.string))</time> <span><b>\(who) asked:</b> \(question["words"]?.string ?? "")</span></li>
      <li><time></time> <span>No answer yet. At \(Plain.moment(question["answer_by"]?.string)) UTC the case is rejected.</span></li>
      """
  }

  private func moment(_ json: JSON?) -> String { Plain.moment(Instant(microseconds: json?.integer ?? 0).description) }
}
