"""Break-glass by whoever holds the reviewer service's key and the seal: without the person's own signature there is no grant."""
import json
import time

from attacker import DEPLOY
from forging import Key, read
from glass import grant
from own_key import Device, own_key
from refusals import REVIEWER_TOPICS
from road import call

INVOICE = DEPLOY / "workflows" / "invoice-exception" / "samples" / "ie-0015.json"
BROKEN, GRANT = "countersign.glass.broken.v1", "countersign-glass-grant+jwt"


def forged(here, case, person, groups, own, **changes):
  """A grant as the reviewer service itself would sign it, over whatever signature there is."""
  now = int(time.time())
  return here.reviewer.sign(GRANT, {
    "iss": "countersign.reviewer", "jti": "0" * 32, "case": case, "person_iss": "countersign.demo", "sub": person, "groups": groups, "amr": "mfa",
    "auth_time": now - 10, "reason": "urgent", "ticket": "INC-666", "minutes": 60, "iat": now, "exp": now + 3600} | own | changes)


def refused(here, checks, name, case, token, code):
  """Puts a grant with our seal on the topic and looks for policy's refusal in the story of the case."""
  before = here.story(case, "").count("policy REFUSED it")
  here.forger.sealed("decisions", here.road.cases[case]["partition"], case, BROKEN, json.dumps({"grant": token}, separators=(",", ":")).encode(), REVIEWER_TOPICS)
  end = time.time() + 30
  while (story := here.story(case, "policy REFUSED it")).count("policy REFUSED it") <= before and time.time() < end:
    time.sleep(0.3)
  last = ([body for body in here.said("reviews.requested", "countersign.glass.judged.v1") if body["result"] == "refused"] or [{}])[-1]
  checks.hold(f"{name}: {code}", last.get("code") == code, last)
  checks.hold("  the case's story says so", story.count("policy REFUSED it") > before and last.get("reason", "?") in story, story[-600:])


def breaking(here, checks):
  """While the reviewer service is stopped, since its stream has one writer."""
  item = json.loads(INVOICE.read_text()) | {"id": "attack-glass"}
  status, answer = call("POST", f"{here.local}{here.options.base + 1}/v1/items", (here.keys / "tokens" / item["source"]).read_text().strip(), item)
  if status != 202:
    raise SystemExit(f"intake answered {status} {answer}")
  case = answer["case"]
  here.until("review", lambda: here.road.cases[case].get("open"))
  desk, leads = f"{here.local}{here.options.base + 4}", ["finance-leads", "break-glass"]
  omar, ines = (own_key(desk, here.token(name)) for name in ("P-omar", "P-ines"))
  genuine = grant(omar, case, "urgent", "INC-666", 60)
  here.reviewer = Key(here.keys / "reviewer.key", here.kid(4))
  here.stopped("reviewer")
  stranger = Device()
  claims = read(genuine["own"])
  alone = {"own": stranger.sign("countersign-glass+jwt", claims), "own_key": here.reviewer.sign("countersign-person-key+jwt", {
    "iss": "countersign.policy", "person_iss": "countersign.demo", "sub": "P-omar", "cnf": {"jwk": stranger.jwk}, "iat": int(time.time()), "exp": int(time.time()) + 3600})}
  refused(here, checks, "15. a grant that the reviewer's key alone stands under", case, forged(here, case, "P-omar", leads, alone), "key.unknown")
  theirs = grant(ines, case, "urgent", "INC-666", 60, sub="P-omar")
  refused(here, checks, "under somebody else's key", case, forged(here, case, "P-omar", leads, theirs), "key.person")
  refused(here, checks, "what the person signed, under another reason", case, forged(here, case, "P-omar", leads, genuine, reason="because I can"), "key.claims")
  refused(here, checks, "for a longer time", case, forged(here, case, "P-omar", leads, genuine, minutes=240), "key.claims")
  refused(here, checks, "by somebody who may not", case, forged(here, case, "P-hana", leads, genuine), "glass.group")
  refused(here, checks, "after an old sign-in", case, forged(here, case, "P-omar", leads, genuine, auth_time=int(time.time()) - 3600), "authentication.old")
  refused(here, checks, "kept back for an hour", case, forged(here, case, "P-omar", leads, genuine, iat=int(time.time()) - 3600, auth_time=int(time.time()) - 3610), "glass.old")
  checks.hold("nobody decides it alone", not here.road.cases[case]["permits"])
  checks.hold("the reviewer service comes back", here.started("reviewer"))
