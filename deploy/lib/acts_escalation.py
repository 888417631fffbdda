"""Steps 9 and 10 of the story: an invoice that nobody claims while the desk is down, and a case for experts."""
import time

import acts_ledger
from stage import codes


def invoice(stage):
  """Step 9. Minutes are minutes of the story."""
  minute = 60 / stage.options.clock
  item = stage.sample("invoice-exception", "ie-0003")
  item["data"]["amount"]["minor"] = item["data"]["amount"]["minor"] * 103 // 100
  case = stage.send(item)
  review = stage.review(case)
  began = time.monotonic()
  stage.expect("3% over its order and without goods receipt", {"amount.discrepancy", "context.missing_source"} <= codes(review), sorted(codes(review)))
  sources = [source["name"] for source in review.get("sources", [])]
  stage.expect("the sources lie side by side", {"invoice", "order", "receipts"} <= set(sources), ", ".join(sources))
  conflict = [match for match in review["matches"] if match["code"] == "context.conflict"]
  stage.expect("the conflict is named with its field", conflict, conflict[0]["because"] if conflict else "none")
  entry = stage.road.cases[case]
  pages = stage.until(lambda: paged(entry), 20 * minute)
  stage.expect("nobody claims: at T+15 PagerDuty is told of tier 2", pages and (pages[0]["tier"], pages[0]["channel"]) == (2, "pagerduty"),
               f"tier {pages[0]['tier']}, {pages[0]['channel']}, T+{(time.monotonic() - began) / minute:.0f}" if pages else "no page")
  stage.script(f"stack_kill {stage.options.dir} reviewer KILL")
  stage.until(lambda: False, 20 * minute)
  stage.expect("then the reviewer service is dead for 20 minutes; nothing is told meanwhile", len(paged(entry)) == len(pages), f"{len(paged(entry))} pages")
  stage.script(f"stack_run {stage.options.dir} reviewer; stack_wait {stage.options.dir} reviewer")
  stage.until(lambda: len(advanced(entry)) > 1, 40 * minute)
  stage.until(lambda: False, 3)
  rungs = advanced(entry)
  stage.expect("the rungs fire once each and in order", [rung["tier"] for rung in rungs] == [2, 3], [rung["tier"] for rung in rungs])
  late = [rung["late_by"] / 60 for rung in rungs]
  stage.expect("the one that was due in the outage is late, and says by how much", len(late) == 2 and late[0] < 3 < late[1],
               f"{', '.join(f'{value:.1f} min' for value in late)} late")
  stage.expect("the duty officer owns it by name", rungs and rungs[-1].get("owner") == "P-ivo", rungs and rungs[-1].get("owner"))
  status, answer = stage.decide(case, "P-ivo", "approve")
  told = len(paged(entry))
  if status < 300 and not answer.get("complete"):
    status, answer = stage.decide(case, "P-hana", "approve")
  stage.expect("the duty officer decides", status < 300, f"{status} {answer.get('code') or answer.get('decision')}")
  outcome = stage.outcome(case, 120)
  stage.expect("the case ends executed", outcome == "executed", entry.get("outcome", {}).get("reason"))
  resolved = stage.until(lambda: [event for event in entry["escalations"] if event["kind"].endswith("resolved.v1")], 10)
  keys = {event["dedup_key"] for event in entry["escalations"] if "dedup_key" in event}
  stage.expect("the page is resolved under the same key", resolved and len(keys) == 1, ", ".join(keys))
  stage.expect("no page after", len(paged(entry)) == told, f"{len(paged(entry)) - told} pages after the decision")


def paged(entry):
  return [event for event in entry["escalations"] if event["kind"].endswith("raised.v1")]


def advanced(entry):
  return [event for event in entry["tasks"] if "late_by" in event and "fired_at" in event]


def compliance(stage):
  """Step 10."""
  case = stage.send(stage.sample("compliance-class", "cc-two-rules", matter="K-5004"))
  review = stage.review(case)
  stage.expect("a case for experts by template, not by score", review.get("route") == "sme" and "template.mandatory_sme" in codes(review),
               sorted(codes(review)))
  stage.expect("rules are in conflict: two experts are needed", (review.get("quorum") or {}).get("count") == 2, review.get("quorum"))
  stage.expect("the model's text is advice, the form is empty", review.get("output") and review.get("action") is None,
               ((review.get("output") or {}).get("advice") or "")[:80])
  stage.expect("the evidence is frozen: each source with its digest", all(
    source.get("digest") for source in review.get("sources", []) if source.get("found")) and review.get("sources"),
    ", ".join(f"{source['name']} {source.get('digest', '')[:12]}" for source in review.get("sources", [])))
  told = stage.until(lambda: [event for event in stage.road.cases[case]["escalations"] if event["kind"].endswith("noticed.v1")], 10)
  stage.expect("a supervisor is notified when it opens", told and told[0]["group"] == "compliance-officers" and told[0]["people"],
               told and f"{told[0]['group']}: {', '.join(told[0]['people'])}")

  def form(value, why):
    matter = f"/classifications/{review['data']['matter']}"
    return {"type": "classification.set", "target": matter, "method": "PUT", "path": matter,
            "body": {"classification": value, "rationale": why}}
  status, answer = stage.decide(case, "P-elif", "edit", "corrected", form("money_laundering", "Deposits below the threshold."))
  second = stage.review(case, review["version"] + 1)
  stage.expect("the first expert decides", status < 300 and second["version"] > 1, f"{status} {answer.get('code') or answer.get('decision')}")
  status, answer = stage.decide(case, "P-kim", "edit", "corrected", form("sanctions", "The name on the list comes first."))
  third = stage.review(case, second["version"] + 1)
  stage.expect("the second disagrees; the first one's word is void", status < 300 and third["version"] > second["version"],
               f"version {third['version']}, editors {', '.join(third.get('editors', []))}")
  for name in ("P-leo", "P-ivo"):
    status, answer = stage.decide(case, name, "approve")
  complete = stage.until(lambda: stage.decisions(case, "complete"), 10)
  stage.expect("a third expert and the duty officer settle it, since editors do not count", complete,
               complete and complete[0]["person"] or f"{status} {answer}")
  stage.expect("it is recorded as decided otherwise than advised", stage.outcome(case, 120) == "decided_otherwise",
               stage.road.cases[case].get("outcome", {}).get("outcome"))
  story = stage.story(case, "The record is complete")
  stage.expect("the record is complete", "The record is complete" in story, story[-120:])
  acts_ledger.packet(stage, case)
