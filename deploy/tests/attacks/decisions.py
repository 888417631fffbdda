"""Attacks on approvals: through the API, and with decisions that the reviewer service itself might have signed."""
import json
import time

from attacker import refused
from forging import Key, read
from refusals import DECISION
from road import call


def people_at_the_desk(here, checks):
  """What people try through the API; what is needed for the forgeries afterwards. Returns the cases by attack."""
  cases = {name: here.access(number) for number, name in enumerate(
    ("replayed", "version", "other", "twice", "self", "editor", "ended", "topic", "expired", "late"))}
  views = {name: here.view(case, "P-ines") for name, case in cases.items()}
  status, answer = here.decide(cases["twice"], "P-omar", "approve")
  checks.hold("a line manager approves; one more is needed", status == 202, answer)
  here.counted(cases["twice"], 1)
  status, answer = here.decide(cases["twice"], "P-omar", "approve", words="Another session, another approval.")
  checks.hold("the same person in a second session is refused by the API", (status, answer.get("code")) == (409, "four_eyes.same"), answer)
  status, answer = call("GET", f"{here.local}{here.options.base + 4}/v1/tasks/{cases['self']}", here.token("P-cleo"))
  checks.hold("who asked is refused by the API", status in (403, 404), answer)
  action = json.loads(json.dumps(here.road.cases[cases["editor"]]["open"]["action"]))
  action["body"]["expires"] = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 86400))
  status, answer = here.decide(cases["editor"], "P-ines", "edit", code="corrected", action=action)
  checks.hold("a security reviewer edits", status == 202, answer)
  here.until("the edited version", lambda: here.road.cases[cases["editor"]]["open"]["version"] == 2)
  status, answer = here.decide(cases["editor"], "P-ines", "approve")
  checks.hold("the editor may not approve by the API", (status, answer.get("code")) == (403, "four_eyes.editor"), answer)
  views["editor"] = here.view(cases["editor"], "P-joel")
  for name in ("replayed", "other"):
    status, answer = here.decide(cases[name], "P-omar", "approve")
    checks.hold(f"a line manager approves for the attack with what is {name}", status == 202, answer)
    here.counted(cases[name], 1)
  return cases, views


def ended_role(here, checks, case):
  """The identity source ends a role; the reviewer service, read at its start, still believes in it."""
  people = here.options.run / "people.yaml"
  people.write_text(people.read_text().replace(
    "{id: P-hugo, name: Hugo Lang, groups: [line-managers]}", "{id: P-hugo, name: Hugo Lang, groups: [guests]}"))
  time.sleep(3)
  status, answer = here.decide(case, "P-hugo", "approve")
  checks.hold("the reviewer service still takes the decision of a role that ended", status == 202, answer)
  here.until("refusal", lambda: here.refusals(case))
  refusal = here.refusals(case)[-1]
  checks.hold("7. a role that ended: decision.role", refusal["code"] == "decision.role", refusal)
  story = here.story(case, refusal["reason"])
  checks.hold("  the case's story says so", refusal["reason"] in story, story[-600:])


def forgeries(here, checks, cases, views):
  """While the reviewer service is stopped, since its stream has one writer."""
  here.reviewer = Key(here.keys / "reviewer.key", here.kid(4))
  here.stopped("reviewer")
  taken = here.counted(cases["replayed"], 1)[0]["token"]
  refused(here, checks, "1. a replayed decision", cases["replayed"], taken, "decision.replayed")
  refused(here, checks, "3. a decision for another case", cases["topic"], here.counted(cases["other"], 1)[0]["token"], "decision.case")
  security, managers = ["security-reviewers"], ["line-managers"]
  refused(here, checks, "2. a decision for another version", cases["version"],
          here.forged(cases["version"], "P-ines", security, views["version"], version=7), "decision.version")
  refused(here, checks, "a decision on something else than was shown", cases["version"],
          here.forged(cases["version"], "P-ines", security, "0" * 64), "decision.view")
  refused(here, checks, "4. one person in two sessions", cases["twice"],
          here.forged(cases["twice"], "P-omar", managers + security, views["twice"]), "decision.person")
  refused(here, checks, "5. self-approval", cases["self"],
          here.forged(cases["self"], "P-cleo", managers + security, views["self"]), "decision.requester")
  refused(here, checks, "6. the editor approving alone", cases["editor"],
          here.forged(cases["editor"], "P-ines", security, views["editor"]), "decision.editor")
  refused(here, checks, "somebody whom policy does not know", cases["self"],
          here.forged(cases["self"], "P-mallory", security, views["self"]), "decision.unknown")
  refused(here, checks, "a role that somebody never had", cases["self"],
          here.forged(cases["self"], "P-ada", security, views["self"]), "decision.role")
  refused(here, checks, "9. a decision that only the reviewer's key has signed", cases["version"],
          here.forged(cases["version"], "P-ines", security, views["version"]), "key.missing")
  theirs = read(here.counted(cases["other"], 1)[0]["token"])
  refused(here, checks, "10. under what another person signed for another case", cases["version"],
          here.forged(cases["version"], "P-ines", security, views["version"], own=theirs["own"], own_key=theirs["own_key"]), "key.person")
  late = int(time.time()) - 90_000
  refused(here, checks, "a decision of yesterday", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=late, exp=late + 86_400 * 30), "decision.expired")
  refused(here, checks, "a decision of tomorrow", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=int(time.time()) + 86_400), "decision.time")
  genuine = here.forged(cases["topic"], "P-ines", security, views["topic"])
  here.forger.unsealed("decisions", here.road.cases[cases["topic"]]["partition"], cases["topic"], DECISION,
                       json.dumps({"decision": genuine}).encode())
  story = here.story(cases["topic"], "SECURITY")
  checks.hold("8. a forged decision on the topic is foreign", "SECURITY: a record that is not ours" in story, story[-600:])
  # Kept back for as long as it would have counted.
  here.kept = here.forged(cases["late"], "P-omar", managers, views["late"], exp=int(time.time()) + 60)
  checks.hold("nothing of this gave a permit", not any(here.road.cases[case]["permits"] for case in cases.values()))
  checks.hold("the reviewer service comes back", here.started("reviewer"))
