"""Steps 2, 5 and 6 of the story: tickets in bulk, a complaint, two agents at one draft."""
import collections
import json
import subprocess
import time

from accounts import claims
from stage import WORKFLOWS, codes

TICKETS = 200
FIRST = 2001


def automatic():
  """The samples of tickets that the machine may do alone."""
  folder = WORKFLOWS / "ticket-summary"
  expected = json.loads((folder / "expectations.json").read_text())
  return [json.loads((folder / "samples" / f"{name}.json").read_text()) for name, row in expected.items() if row["route"] == "auto"]


def seed(documents):
  """The system of record for the story: a ticket of its own for each of the items of step 2."""
  tickets = {ticket["id"]: ticket for ticket in documents["tickets"]}
  samples = automatic()
  more = [tickets[samples[number % len(samples)]["data"]["ticket"]] | {"id": f"T-{FIRST + number}"} for number in range(TICKETS)]
  return documents | {"tickets": documents["tickets"] + more}


def tickets(stage):
  """Step 2."""
  samples = automatic()
  items = []
  for number in range(TICKETS):
    sample = samples[number % len(samples)]
    items.append(sample | {"id": f"bulk-{number}", "data": sample["data"] | {"ticket": f"T-{FIRST + number}"}})
  lines = [json.dumps(item) for item in items]
  malformed = {
    "not_json": '{"workflow": "ticket-summary", "source": "support-desk", "id": "bulk-broken",',
    "schema.violation": json.dumps(items[0] | {"id": "bulk-no-ticket", "data": {"subject": "No ticket", "body": "Help"}}),
    "workflow.unknown": json.dumps(items[0] | {"id": "bulk-elsewhere", "workflow": "ticket-sumary"})}
  lines[50:50] = [malformed["not_json"]]
  lines[100:100] = [malformed["schema.violation"], lines[3]]
  lines[150:150] = [malformed["workflow.unknown"]]
  began = time.monotonic()
  subprocess.run(["kcat", "-P", "-b", stage.options.brokers, "-t", "intake"], input="\n".join(lines) + "\n", text=True, check=True)

  def mine():
    return {entry["admitted"]["item"]: (case, entry) for case, entry in stage.road.cases.items()
            if entry.get("admitted", {}).get("item", "").startswith("bulk-")}

  def settled():
    found = mine()
    return len(found) == TICKETS and all("outcome" in entry or entry.get("open") for _, entry in found.values())
  stage.until(settled, 60)
  found = mine()
  auto = [entry for _, entry in found.values() if entry.get("outcome", {}).get("outcome") == "executed"]
  held = [entry for _, entry in found.values() if entry.get("open") and "sample.drawn" in codes(entry["open"])]
  other = collections.Counter(
    entry.get("outcome", {}).get("outcome") or ",".join(sorted(codes(entry["open"]))) if entry.get("open") else "nothing"
    for _, entry in found.values() if entry not in auto and entry not in held)
  stage.expect("about 90% of 200 tickets end without a person", 0.85 <= len(auto) / TICKETS <= 0.97,
               f"{len(auto)} executed, {time.monotonic() - began:.1f} s after kcat began")
  stage.expect("each of them with a permit and the after-state", all(
    entry["permits"] and any(effect.get("after") for effect in entry["effects"]) for entry in auto), f"{len(auto)} looked at")
  stage.expect("the held share waits for a person (8%)", 4 <= len(held) <= 32, f"{len(held)} wait, drawn for checking")
  stage.expect("nothing else happened to any", not other and len(found) == TICKETS, dict(other) or f"{len(found)} cases")
  replies = {reply["code"]: reply for reply in stage.road.replies}
  for code in malformed:
    reply = replies.get(code, {})
    violation = next(iter(reply.get("violations", [])), {})
    stage.expect(f"the malformed one is answered with {code} and where", "pointer" in violation,
                 f"{violation.get('pointer') or '(the whole)'}: expected {violation.get('expected')}, found {violation.get('found')}")
  first = found.get("bulk-3", ("",))[0]
  stage.expect("the repeated id is answered with the first one's case", replies.get("duplicate", {}).get("case") == first, first)


def complaint(stage):
  """Step 5."""
  case = stage.send(stage.sample(
    "reply-draft", "rd-damaged-angry", thread="M-4003", customer={"phone": "+49 30 901820"}, order="A-55120"))
  review = stage.review(case)
  stage.expect("two reasons: personal data and tone", {"personal.data", "tone.mismatch"} <= codes(review), sorted(codes(review)))
  agent = next(name for name, (_, groups) in stage.people.people.items() if "support-agents" in groups)
  before = len(stage.record("/mails?thread=M-4003")["messages"])

  def edit(text):
    status, task = stage.desk("GET", case, agent)
    action = json.loads(json.dumps(task["file"]["action"])) if status == 200 else review["action"]
    sentences = action["body"]["text"].split(". ")
    action["body"]["text"] = ". ".join([*sentences[:1], *text, *sentences[3:]])
    return stage.decide(case, agent, "edit", "corrected", action)
  status, answer = edit(["We guarantee that this never happens again", "We are sorry"])
  refused = stage.until(lambda: stage.decisions(case, "refused"), 10)
  stage.expect("an edit with a prohibited phrase is refused at first",
               status >= 400 or refused and refused[0]["code"] == "policy.prohibited",
               refused[0]["reason"] if refused else f"{status} {answer}")
  version = review["version"]

  def corrected(text):
    answer = edit(text)
    return answer if answer[0] in (200, 201, 202) else None
  stage.until(lambda: stage.desk("GET", case, agent)[1].get("state") in (None, "open"), 5)
  done = stage.until(lambda: corrected(["We are sorry for the trouble", "A new lamp is on its way"]), 15)
  complete = stage.until(lambda: stage.decisions(case, "complete"), 10)
  stage.expect("the edited one is judged again and approved", done and complete, f"version {version} became {stage.review(case)['version']}")
  status, answer = stage.desk("POST", case, agent, "undo", {})
  undone = stage.until(lambda: stage.decisions(case, "undone"), 10)
  stage.expect("taken back within the undo window", status < 300 and undone, undone[0]["reason"] if undone else f"{status} {answer}")
  done = stage.until(lambda: corrected(["We are sorry for the trouble that you had", "A new lamp leaves our house today"]), 15)
  stage.expect("corrected and approved again", done, done and done[1].get("decision"))
  stage.expect("the case ends executed", stage.outcome(case) == "executed", stage.road.cases[case].get("outcome", {}).get("reason"))
  sent = stage.record("/mails?thread=M-4003")["messages"][before:]
  stage.expect("the mail's target shows exactly one message", len(sent) == 1 and "leaves our house today" in sent[0]["text"],
               f"{len(sent)} sent")


def two_agents(stage):
  """Step 6."""
  case = stage.send(stage.sample("reply-draft", "rd-refund", thread="M-4005"))
  stage.review(case)
  one, two = [name for name, (_, groups) in stage.people.people.items() if "support-agents" in groups][:2]
  # A lease is some seconds long at this pace: nobody signs in meanwhile.
  stage.present(one, two)
  status, claim = stage.claim(case, one)
  fence = claim.get("fence")
  status, answer = stage.desk("POST", case, two, "claim", {})
  stage.expect("the second agent sees who has it and until when", status == 409 and answer.get("holder") and answer.get("until"),
               f"{answer.get('code')}: {answer.get('holder')} until {answer.get('until')}")
  stage.offline(one, True)
  free = stage.until(lambda: not stage.desk("GET", case, two)[1].get("claim"), 30)
  stage.offline(one, False)
  stage.expect("the lease ends and the draft is offered again", free, "no claim any more" if free else "still claimed")
  status, answer = stage.decide(case, one, "approve", fence=fence)
  stage.expect("the first one's late decision counts, since nothing changed", status < 300, f"{status} {answer.get('code') or answer.get('decision')}")
  stage.expect("one permit, one mail", stage.outcome(case) == "executed" and len({
    claims(permit)["eff"] for permit in stage.road.cases[case]["permits"]}) == 1, stage.road.cases[case].get("outcome", {}).get("outcome"))
