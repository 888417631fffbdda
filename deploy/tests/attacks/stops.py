"""The stop switch, and a permit's key that is revoked."""
import json
import os
import signal
import time

import jwt

from attacker import started_again, switch
from forging import PERMIT, Key, read
from own_key import Device, own_key
from refusals import ISSUED
from road import call


def forged_starts(here, checks, stop):
  """Whoever holds the reviewer service's key can say for nobody that something may start again; nor does a word for another stop count."""
  policy, stranger = f"{here.local}{here.options.base + 2}", Device()
  ivo = own_key(f"{here.local}{here.options.base + 4}", here.token("P-ivo"))
  now, genuine = int(time.time()), ivo.start(stop)
  claims = read(genuine["own"])
  vouched = Key(here.keys / "reviewer.key", here.kid(4)).sign("countersign-person-key+jwt", {
    "iss": "countersign.policy", "person_iss": claims["person_iss"], "sub": "P-nina", "cnf": {"jwk": stranger.jwk}, "iat": now, "exp": now + 3600})
  tries = (
    ("a word that the reviewer's key alone vouches for", {"own": stranger.sign("countersign-start+jwt", claims | {"sub": "P-nina"}), "own_key": vouched}, (403, "key.signature")),
    ("somebody else's name under one's own key", {"own": ivo.sign("countersign-start+jwt", claims | {"sub": "P-nina"})}, (403, "key.person")),
    ("a word for an earlier stop", {"own": ivo.sign("countersign-start+jwt", claims | {"stopped": stop["at"] - 1})}, (409, "stop.another")),
    ("a word for another workflow", {"own": ivo.sign("countersign-start+jwt", claims | {"workflow": "*"})}, (401, "key.claims")),
    ("a word of an hour ago", {"own": ivo.sign("countersign-start+jwt", claims | {"iat": now - 3600})}, (401, "key.claims")),
    ("a decision's signature", {"own": ivo.sign("countersign-decision+jwt", claims)}, (403, "key.signature")),
  )
  for name, changes, expected in tries:
    status, answer = call("POST", f"{policy}/v1/starts", None, genuine | changes)
    checks.hold(f"{name} starts nothing", (status, answer.get("code")) == expected, answer)
  stops = here.policy("/v1/stops")["stops"]
  checks.hold("  and is not even a first word", [one.get("starter") for one in stops] == [None], stops)


def stopping(here, checks):
  """The stop switch: what is out is revoked, what is approved waits, also over a restart, and goes on when two start it."""
  case, waiting = here.send(40, "M-4005"), here.send(41, "M-4006")
  here.until("reviews", lambda: all(here.road.cases[each].get("open") for each in (case, waiting)))
  os.kill(here.process("executor"), signal.SIGTERM)
  here.approve(case)
  permit = here.until("permit", lambda: here.road.cases[case]["permits"], 90)[0]
  done = len(here.effects())
  here.approve(waiting)
  answer = switch(here, "P-ada", "stop", "reply-draft", "--reason", "none of her business")
  checks.hold("who is neither duty officer nor lead may not stop", answer.returncode != 0 and "403" in answer.stderr, answer.stderr)
  began = time.time()
  answer = switch(here, "P-ivo", "stop", "reply-draft", "--reason", "replies are wrong")
  checks.hold("a duty officer stops the workflow", answer.returncode == 0 and "P-ivo stopped reply-draft" in answer.stdout, answer.stdout + answer.stderr)
  here.until("revocation", lambda: here.road.cases[case].get("revoked"), 10)
  checks.hold("the permit that is out is revoked within two seconds", here.road.cases[case]["revoked"] - began < 2,
              here.road.cases[case]["revoked"] - began)
  checks.hold("  in the story", "Policy revoked the permit" in here.story(case, "Policy revoked the permit"))
  checks.hold("  and the stop in the ledger", here.ledgered("P-ivo stopped reply-draft: replies are wrong"))
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.stops.in_force.v1") if [stop["workflow"] for stop in row["stops"]] == ["reply-draft"]])
  here.stopped("policy")
  checks.hold("policy comes back", here.started("policy"))
  stops = here.policy("/v1/stops")["stops"]
  checks.hold("the stop is there after a restart", [stop["workflow"] for stop in stops] == ["reply-draft"], stops)
  forged_starts(here, checks, stops[0])
  here.shell(f"stack_run {here.options.run} executor")
  answer = here.until("the executor's answer", lambda: here.answers(case), 60)[-1]
  checks.hold("the executor refuses the revoked permit", (answer["status"], "revoked" in answer["reason"]) == ("refused", True), answer)
  before = len(here.answers(case))
  here.forger.unsealed("permits", here.road.cases[case]["partition"], case, ISSUED, json.dumps(permit).encode())
  here.until("answer to the permit, sent again", lambda: len(here.answers(case)) > before)
  answer = here.answers(case)[-1]
  checks.hold("9. a permit after revocation is refused", answer["status"] == "refused" and "revoked" in answer["reason"], answer)
  story = here.story(case, "REFUSED the permit")
  checks.hold("  the case's story says so", "REFUSED the permit" in story and "revoked" in story, story[-600:])
  here.until("a new case file", lambda: (here.road.cases[case].get("open") or {"version": 1})["version"] > 1, 60)
  codes = {match["code"] for match in here.road.cases[case]["open"]["matches"]}
  checks.hold("the case is decided anew, because of the stop", "stopped" in codes, codes)
  here.until("hold", lambda: here.road.cases[waiting].get("held"), 60)
  story = here.story(waiting, "The case waits")
  checks.hold("what was approved waits", "The case waits" in story and "outcome" not in here.road.cases[waiting], story[-400:])
  checks.hold("  without a permit", not here.road.cases[waiting]["permits"] and len(here.effects()) == done)
  started_again(here, checks, "reply-draft")
  outcome = here.until("outcome", lambda: here.road.cases[waiting].get("outcome"), 90)["outcome"]
  checks.hold("and goes on after the start", outcome == "executed", outcome)
  def decided():
    here.desk.look(case, {"verb": "approve"})
    return here.road.cases[case]["open"] is None
  here.until("second decision", decided)
  outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 90)["outcome"]
  checks.hold("so does the one that was decided anew", outcome == "executed", outcome)


def settings(here, **changes):
  """Changes lines of policy's settings and starts it anew."""
  file = here.options.run / "policy.conf"
  lines = [line for line in file.read_text().splitlines() if line.partition("=")[0] not in changes]
  file.write_text("\n".join(lines + [f"{name}={value}" for name, value in changes.items()]) + "\n")
  here.stopped("policy")
  return here.started("policy")


def revoked_key(here, checks):
  """A key of permits is followed by another and then revoked: what was signed under it counts no more."""
  old, new = here.keys / "policy.key", here.keys / "policy-2.key"
  new.write_bytes(os.urandom(32))
  checks.hold("policy takes a second key into use", settings(here, SIGNING_KEY_FILE=f"{old},{new}"))
  first, second = (key["kid"] for key in here.policy("/v1/keys")["keys"])
  published = [key["kid"] for key in here.policy("/.well-known/jwks.json")["keys"]]
  checks.hold("both are published, the second signs", published == [first, second], published)
  case = here.send(50, "M-4007")
  here.until("review", lambda: here.road.cases[case].get("open"))
  os.kill(here.process("executor"), signal.SIGTERM)
  here.approve(case)
  permit = here.until("permit", lambda: here.road.cases[case]["permits"], 90)[0]
  checks.hold("the new key signs", jwt.get_unverified_header(permit["permit"])["kid"] == second)
  done = len(here.effects())
  answer = switch(here, "P-ada", "key revoke", "--reason", "none of her business", "--", second)
  checks.hold("who is neither duty officer nor lead may not revoke a key", answer.returncode != 0 and "403" in answer.stderr, answer.stderr)
  answer = switch(here, "P-nina", "key revoke", "--reason", "it was seen in a log", "--", second)
  checks.hold("a duty officer revokes it", f"{first} signs" in answer.stdout, answer.stdout + answer.stderr)
  published = [key["kid"] for key in here.policy("/.well-known/jwks.json")["keys"]]
  checks.hold("it is not published any more", published == [first], published)
  states = {key["kid"]: key["state"] for key in here.policy("/v1/keys")["keys"]}
  checks.hold("  but stands in the history", states == {first: "signing", second: "revoked"}, states)
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.key.in_force.v1") if (row["kid"], row["state"]) == (second, "revoked")])
  checks.hold("  and in the ledger", here.ledgered(f"P-nina revoked the permit key {second}: it was seen in a log"))
  again = here.until("permit under the other key", lambda: here.road.cases[case]["permits"][1:], 10)[0]
  checks.hold("the same effect goes out again under the other key",
              (jwt.get_unverified_header(again["permit"])["kid"], read(again["permit"])["eff"]) == (first, read(permit["permit"])["eff"]))
  here.shell(f"stack_run {here.options.run} executor")
  outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 60)["outcome"]
  checks.hold("and is done once", (outcome, len(here.effects())) == ("executed", done + 1), (outcome, len(here.effects()) - done))
  stolen = Key(new, second)
  forged = stolen.sign(PERMIT, read(permit["permit"]) | {"jti": "forged", "eff": "1" * 64, "iat": int(time.time()), "exp": int(time.time()) + 600})
  before = len(here.answers(case))
  here.forger.unsealed("permits", here.road.cases[case]["partition"], case, ISSUED, json.dumps(permit | {"permit": forged}).encode())
  here.until("answer to the forged permit", lambda: len(here.answers(case)) > before)
  answer = here.answers(case)[-1]
  checks.hold("9. a permit under a revoked key is refused", answer["status"] == "refused" and second in answer["reason"], answer)
  checks.hold("  the case's story says so", "REFUSED the permit" in here.story(case, "REFUSED the permit"))
  checks.hold("  nothing more was done", len(here.effects()) == done + 1)
