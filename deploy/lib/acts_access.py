"""Steps 7 and 8 of the story: privileged access under four eyes, and what an attacker tries with its permit."""
import json
import time

from accounts import claims
from forging import APPROVAL, PERMIT, Key, damaged, read
from road import call
from stage import codes

ISSUED = "countersign.permit.issued.v1"
REVIEWER_TOPICS = ("decisions", "reviews", "reviews.open", "escalations", "reviewer.heads", "reviewer.dead")


def privileged(stage):
  """Step 7."""
  requester = stage.record("/entitlements/P-noor")
  before = len(requester["grants"])
  item = stage.sample(
    "access-request", "ar-payments-release", person="P-noor", person_name=requester["name"], requester="P-noor",
    role=requester["role"], department=requester["department"], manager=requester["manager"])
  case = stage.send(item)
  review = stage.review(case)
  stage.expect("impact is high and it goes to experts", (review.get("risk"), review.get("route")) == ("high", "sme"),
               f"risk {review.get('risk')}, route {review.get('route')}")
  stage.expect("the change of entitlements is told in words", (review.get("output") or {}).get("delta"), (review.get("output") or {}).get("delta"))
  expires = ((review.get("action") or {}).get("body") or {}).get("expires")
  stage.expect("an expiry is in the action", expires, expires)
  status, answer = stage.decide(case, "P-noor", "approve")
  stage.expect("who asked, a line manager herself, is refused by the API", status in (403, 404), f"{status} {answer.get('code')}")
  listed = call("GET", f"{stage.people.url}/v1/tasks", stage.people.people["P-noor"][0])[1].get("tasks", [])
  stage.expect("and does not see it as decidable", case not in {task.get("case") for task in listed}, f"{len(listed)} tasks listed")
  status, answer = stage.decide(case, "P-ruth", "approve")
  stage.expect("the line manager approves; one more is needed", status < 300 and not answer.get("complete"), f"complete {answer.get('complete')}")
  status, task = stage.desk("GET", case, "P-ines")
  stage.expect("the security reviewer sees that approval", "P-ruth" in json.dumps([task.get("decisions"), task.get("places")]), "P-ruth")
  review = questioned(stage, case, item, review)
  action = json.loads(json.dumps(review["action"]))
  action["body"]["expires"] = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 86400))
  status, answer = stage.decide(case, "P-ines", "edit", "corrected", action)
  second = stage.review(case, review["version"] + 1)
  stage.expect("the security reviewer shortens the expiry; the manager's approval is void",
               status < 300 and second["version"] > review["version"] and not second["approvals"],
               f"version {second['version']}, {len(second.get('approvals', []))} approvals count")
  stage.decide(case, "P-hugo", "approve")
  status, answer = stage.decide(case, "P-joel", "approve")
  complete = stage.until(lambda: stage.decisions(case, "complete"), 10)
  stage.expect("two others than the editor approve the new one", complete, complete and complete[0]["person"] or f"{status} {answer}")
  stage.expect("the grant is executed", stage.outcome(case) == "executed", stage.road.cases[case].get("outcome", {}).get("reason"))
  permits = stage.road.cases[case]["permits"]
  signed = [read(approval).get("own") for approval in claims(permits[0])["approvals"]] if permits else []
  stage.expect("each approval bears the signature of the person's own key", signed and all(signed), f"{len(signed)} approvals")
  effect = next((effect for effect in stage.road.cases[case]["effects"] if effect.get("after")), {})
  grants = len((effect.get("after") or {}).get("grants", []))
  stage.expect("before and after are in the record", grants == before + 1, f"{before} grants before, {grants} after")
  return case


def questioned(stage, case, item, review):
  """The security reviewer asks the requester; the clock stands still until the answer is there. Returns the case file with it."""
  status, answer = stage.desk("POST", case, "P-ines", "questions", {"words": "For how long is it needed?"})
  put = stage.until(lambda: stage.road.cases[case].get("questions"), 10)
  waits = stage.desk("GET", case, "P-ines")[1]
  stage.expect("she asks the requester, and the clock stands still", status == 202 and put and waits.get("question") and waits.get("state") == "asked",
               f"{status} {answer} {waits.get('state')} {waits.get('question')}")
  if not put:
    return review
  token = (stage.keys / "tokens" / item["source"]).read_text().strip()
  status, said = call("POST", f"{stage.local}{stage.options.base + 1}/v1/items", token, {
    "workflow": item["workflow"], "source": item["source"], "id": item["id"], "type": "countersign.item.answer.v1",
    "data": {"question": put[-1]["question"], "words": "For the audit of next week.", "by": "P-noor"}})
  back = stage.until(lambda: (task := stage.desk("GET", case, "P-ines")[1]).get("state") == "open" and task, 15)
  stage.expect("the answer stands on the page, and the clock goes on", status == 202 and back and "audit of next week" in json.dumps(back), f"{status} {said}")
  return stage.road.cases[case]["reviews"][-1]


def attack(stage):
  """Step 8: with the permit of a case of its own, so that the step stands alone."""
  first, second = (stage.send(stage.sample("reply-draft", name, thread=thread))
                   for name, thread in (("rd-0001", "M-4006"), ("rd-0001", "M-4007")))
  for case in (first, second):
    stage.review(case)
    stage.decide(case, "P-ada", "approve")
  executed = [stage.outcome(case) for case in (first, second)]
  if not stage.expect("two replies are approved and sent", executed == ["executed"] * 2, executed):
    return
  real, other = stage.road.cases[first]["permits"][0], stage.road.cases[second]["permits"][0]
  effects = len(stage.record("/effects?since=0")["effects"])
  kid = call("GET", f"{stage.local}{stage.options.base + 2}/.well-known/jwks.json")[1]["keys"][0]["kid"]
  exchanged = Key(stage.keys / "policy.key", kid).sign(PERMIT, claims(real) | {
    "eff": "0" * 64, "jti": "forged", "approvals": claims(other)["approvals"]})
  refused = 0
  for name, token, told in (
    ("the permit, replayed", real["permit"], "REFUSED to do it again"),
    ("one altered character", damaged(real["permit"]), "InvalidSignatureError"),
    ("another case's decision in it (signed with policy's stolen key)", exchanged, "approval of something else")):
    stage.forger.unsealed("permits", 0, first, ISSUED, json.dumps(real | {"permit": token}).encode())
    story = stage.story(first, told)
    refused += told in story
    stage.expect(f"{name}: refused, in the case's story", told in story, told)
  forged = Key(kid="nobody").sign(APPROVAL, read(claims(real)["approvals"][0]) | {"jti": "forged"})
  partition = stage.road.cases[first]["partition"]
  stage.forger.unsealed("decisions", partition, first, "countersign.decision.made.v1", json.dumps({"decision": forged}).encode())
  story = stage.story(first, "stood on decisions/")
  stage.expect("a decision forged on the topic: foreign, in the case's story", "stood on decisions/" in story, "SECURITY: a record that is not ours")
  refused += "stood on decisions/" in story
  stage.expect("four refusals", refused == 4, refused)
  stage.expect("a security alert", "SECURITY" in story, f"{story.count('SECURITY')} lines in the story")
  now = len(stage.record("/effects?since=0")["effects"])
  stage.expect("nothing more was done in the system of record", now == effects, f"{effects} effects before, {now} after")
