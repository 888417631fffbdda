import Foundation
import JSON
import Wire

/// One record in plain words: what happened, and the details under it.
struct Told {
  let what: String
  var details: [String] = []

  init(_ what: String, _ details: [String?] = []) {
    self.what = what
    self.details = details.compactMap { $0 }
  }
}

/// Tells a record by its type. Without its body the facts have to do.
func narrate(_ hop: JSON) -> Told {
  let body = hop["body"].flatMap { $0.isNull ? nil : $0 }
  let facts = Words(hop["facts"])
  let words = Words(body)
  switch hop["type"]?.string ?? "" {
  case CaseAdmitted.type: return admitted(words, facts)
  case CaseWithdrawn.type: return Told("The producer took the item back.", [words.line("reason", "reason: ")])
  case QuestionAsked.type: return Told("\(words["by"] ?? facts["reviewer"] ?? "A reviewer") wants to know something from whoever asked.", [words.line("words", "asks: ")])
  case QuestionPut.type: return Told("The question goes to the producer; the reviewers' clock stands still.", [words.line("answer_by", "no later than ")])
  case SourcesChanged.type:
    return Told(
      "\(words["by"] ?? facts["reviewer"] ?? "Somebody") came to decide; the sources say something else now than what was shown.",
      [body == nil ? nil : "changed: \(list(body?["sources"]))"])
  case CaseReopened.type:
    let how = ["appeal": "appealed against", "reopen": "reopened"][words["kind"] ?? ""] ?? "taken up again"
    return Told("It was \(how)\(words["by"].map { " by \($0)" } ?? ""): other people decide in the case \(words["again"] ?? "that follows").", [words.line("words", "says: ")])
  case CaseDefect.type:
    return Told(
      "A defect was reported afterwards by \(words["source"] ?? "a source"): \(words["kind"] ?? "unknown").", [words.line("words", "says: ")])
  case CaseAnswered.type: return Told("The producer answered\(words["by"].map { ": \($0)" } ?? "").", [words.line("words", "says: ")])
  case ModelRequested.type:
    return Told("Policy asks for a proposal\(words["round"].map { " (round \($0))" } ?? "").", [facts.line("bundle", "under policy version "), body?["changed"].map { "since sources changed: \(list($0))" }])
  case ProposalPending.type:
    return Told("The model service fetches what the proposal needs.", [body == nil ? nil : list(body?["calls"])])
  case ProposalMade.type: return proposed(words, facts, body)
  case ProposalFailed.type:
    return Told("There is no proposal (\(words["code"] ?? "failed")); a person decides.", [words.line("reason", "because: ")])
  case CaseJudged.type: return judged(facts, body)
  case ReviewRequested.type: return reviewRequested(facts, body)
  case ReviewClosed.type: return Told("No decision is wanted any more.", [words.line("reason", "because: ")])
  case DecisionMade.type: return decided(body, facts)
  case DecisionUndone.type: return Told("\(words["by"] ?? facts["reviewer"] ?? "The decider") took the decision back in time.")
  case DecisionJudged.type: return decisionJudged(words, facts)
  case GlassBroken.type: return glassBroken(body, facts)
  case GlassJudged.type: return glassJudged(words, facts)
  case GlassNoted.type: return glassNoted(words, facts)
  case PermitIssued.type: return permitted(body, facts)
  case PermitRevoked.type: return Told("Policy revoked the permit \(facts["permit"] ?? "").", [words.line("reason", "because: ")])
  case CaseHeld.type:
    return Told(
      words["held"] == "false" ? "The case goes on." : "The case waits: nothing of it goes out or ends by itself.",
      [words.line("reason", "because: ")])
  case AdjudicationAsked.type: return Told("Policy asks somebody who knows nothing of the decision to judge the proposal.")
  case CaseAdjudicated.type:
    return Told("\(words["people"] ?? "Two") people who knew nothing of the decision judged the proposal: it was \(words["truth"] ?? facts["reasons"] ?? "judged").")
  case SampleJudged.type:
    let word = words["undone"] == "true" ? "taken back" : words["conforms"] == "true" ? "right" : "wrong"
    return Told("The sample counts as \(word) in the lot of \(words["stratum"] ?? "its stratum").")
  case ExceptionUsed.type:
    return Told(
      "The exception \(words["exception"] ?? "") was used: \(list(body?["waived"])) asks for nothing.",
      [facts.line("reasons", "waived: ")])
  case EffectReported.type: return effect(words, facts, body)
  case EffectNoted.type: return Told("Policy noted the executor's answer \(words["status"] ?? "").", [words.line("reason", "because: ")])
  case CaseEnded.type: return ended(words, facts, body)
  case ModelFeedback.type:
    return Told("The model's record was labelled: \(words["verb"] ?? "decided")\(words["changed"] == "true" ? ", with changes" : "").")
  case IntakeReply.type: return Told("Intake answered the producer: \(words["status"] ?? "") \(words["code"] ?? facts["reasons"] ?? "").")
  case GateAnswered.type: return Told("The agent at the gate can be told: \(words["change"] ?? "").", [words.line("reason", "because: ")])
  case HoldChanged.type: return holdChanged(words, facts)
  case ContentErasing.type: return contentErasing(words, facts)
  case ContentErased.type: return contentErased(words)
  case "countersign.message.dead.v1": return dead(words, facts, hop)
  case let type: return other(type, hop, words, facts)
  }
}

private func admitted(_ words: Words, _ facts: Words) -> Told {
  let personal = (words.json?["personal"]?.object?.members ?? []).map { "\($0.key) \($0.value.text)" }
  let requester = words.json?["requester"].flatMap { $0["id"]?.string.map(clean) }
  let isVerified = words.json?["requester"]?["verified"]?.bool ?? false
  return Told(
    "Intake took the item in\(words["item"].map { ": \($0)" } ?? "")\((words["source"] ?? facts["origin"]).map { ", from \($0)" } ?? "").",
    [
      requester.map { "asked for by \($0)\(isVerified ? "" : " (not verified)")" },
      personal.isEmpty ? nil : "private values replaced by tokens: \(personal.joined(separator: ", "))",
      facts.line("payload", "payload hash "),
      words.json?["reopens"].flatMap { again in again["case"]?.string.map { "takes up the case \(clean($0)) again (\(clean(again["kind"]?.string ?? "")))" } },
    ])
}

private func proposed(_ words: Words, _ facts: Words, _ body: JSON?) -> Told {
  let model = words["model"].map { "\($0) \(words["model_version"] ?? "")" } ?? facts["model"] ?? "The model"
  var details: [String?] = (body?["output"]).map { output in lines(of: output, limit: 8).map { $0 } } ?? []
  details.append(body?["action"].map { "wants to: \(short(inWords($0), 300))" })
  details.append((body?["probability"]?.double).map { "probability of being right \(percent($0)), prompt \(words["prompt_version"] ?? "")" })
  let sources = (body?["sources"]?.array ?? []).compactMap { ($0["id"] ?? $0["name"])?.string.map(clean) }
  if !sources.isEmpty { details.append("resting on \(sources.joined(separator: ", "))") }
  for finding in body?["findings"]?.array ?? [] {
    details.append("found: \(clean(finding["detail"]?.string ?? finding["code"]?.string ?? ""))")
  }
  if body == nil { details = [facts.line("sources", "resting on "), facts.line("confidence", "confidence ")] }
  return Told("\(model) made a proposal.", details)
}

private func judged(_ facts: Words, _ body: JSON?) -> Told {
  Told(
    body?["route"]?.string ?? "auto" == "auto"
      ? "Policy let the machine act alone." : "Policy would have let the machine act alone; the draw holds it for a person.",
    [grade(body, facts)]
      + because(body, facts) + parts(body) + [draw(body?["draw"])])
}

private func reviewRequested(_ facts: Words, _ body: JSON?) -> Told {
  let route = facts["route"] ?? body?["route"]?.string ?? ""
  let who: String
  switch route {
  case "sme": who = "An expert must decide."
  case "block": who = "The proposal may not run; a person confirms that."
  case "auto": who = "It was drawn for checking; a person looks first."
  default: who = "A person must decide."
  }
  var details: [String?] = [grade(body, facts)]
  details += because(body, facts)
  details.append(body?["quorum"].map { "needed: \(quorum($0))" })
  details.append((body?["draw"]?.string).flatMap { $0 == "none" ? nil : "drawn for checking: \(clean($0))" })
  details.append((body?["deadline"]?.integer).map { "open until \(Instant(microseconds: $0).description.prefix(16))Z" })
  return Told(who, details)
}

private func decisionJudged(_ words: Words, _ facts: Words) -> Told {
  let who = words["person"] ?? facts["reviewer"]
  let by = who.map { " of \($0)" } ?? ""
  switch words["result"] ?? facts["decision"] ?? "" {
  case "counted": return Told("Policy counts the decision\(by); others are still needed.")
  case "complete":
    let release = (words.json?["release"]?.integer).map { "takes effect at \(Instant(microseconds: $0).description.dropFirst(11).prefix(8)); until then it can be taken back" }
    return Told("Policy counts the decision\(by); it suffices.", [release])
  case "undone": return Told("The decision\(by) was taken back in time.")
  default: return Told("Policy REFUSED the decision\(by).", [(words["reason"] ?? facts["reasons"]).map { "because: \($0)" }])
  }
}

private func ended(_ words: Words, _ facts: Words, _ body: JSON?) -> Told {
  let outcome = (words["outcome"] ?? facts["outcome"] ?? "").replacing("_", with: " ")
  // After an effect the result repeats what the executor told.
  let result = facts["effect"] == nil ? body?["result"].map { lines(of: $0, limit: 8) } ?? [] : []
  return Told("The case ended: \(outcome).", [words.line("reason", "because: ")] + result.map { $0 })
}

private func dead(_ words: Words, _ facts: Words, _ hop: JSON) -> Told {
  let place = words["topic"].map { "\($0)/\(words["partition"] ?? "")/\(words["offset"] ?? "")" } ?? "a record"
  if (words["code"] ?? facts["reasons"]) == "foreign" {
    return Told("SECURITY: a record that is not ours stood on \(place) and was ignored.", [words.line("reason", "")])
  }
  return Told("\(hop["service"]?.string ?? "A service") could not handle \(place).", [words.line("reason", "because: ")])
}

/// Records of the desk and whatever comes later: `countersign.task.claimed.v1` is "task claimed".
private func other(_ type: String, _ hop: JSON, _ words: Words, _ facts: Words) -> Told {
  let name = clean(type).split(separator: ".").dropFirst().dropLast().joined(separator: " ")
  let who = ["person", "by", "name", "holder"].lazy.compactMap { words[$0] }.first ?? facts["reviewer"]
  let told = ["group", "queue", "tier", "channel", "code", "reason", "words", "owner"].compactMap { key in
    (words[key] ?? facts[key]).flatMap { $0.isEmpty ? nil : "\(key) \($0)" }
  }
  let what = "\(clean(hop["service"]?.string ?? "").capitalized): \(name.isEmpty ? clean(type) : name)\(who.map { ", \($0)" } ?? "")."
  return Told(what, [told.isEmpty ? nil : told.joined(separator: ", ")])
}
