"""What is masked stays masked: to who is not asked, to words that the reviewer service never gave, to tokens of other cases, and on record."""
import hashlib
import json
import re
import time

from forging import Key
from refusals import SAMPLES
from road import call

TOKEN = re.compile(r"tok_[a-z0-9_]+_[A-Za-z0-9_-]{22}")


def vaults(here, checks):
  case, other = here.send(70, "M-7001"), here.send(71, "M-7002")
  here.until("reviews", lambda: all(here.road.cases[each].get("open") for each in (case, other)))
  desk, intake = f"{here.local}{here.options.base + 4}", f"{here.local}{here.options.base + 1}"

  def tokens(of):
    return TOKEN.findall(json.dumps(call("GET", f"{desk}/v1/tasks/{of}", here.token("P-ada"))[1]["file"]["data"]))

  def reveal(name, token, of=case, **body):
    return call("POST", f"{desk}/v1/tasks/{of}/reveal", here.token(name), {"token": token, "code": "to_decide"} | body)

  token = tokens(case)[0]
  told = json.dumps(json.loads((SAMPLES / "rd-0001.json").read_text())["data"], ensure_ascii=False)
  status, answer = reveal("P-ada", token)
  checks.hold("who decides sees one value, for a purpose", status == 200 and answer.get("value") and answer["value"] in told, answer)
  value = answer.get("value", "?")
  records = here.said("reviews", "countersign.task.revealed.v1")
  checks.hold("  which is on record", [(one["person"], one["token"], one["code"]) for one in records] == [("P-ada", token, "to_decide")], records)
  checks.hold("  without the value", value not in json.dumps(records, ensure_ascii=False), records)
  for what, (name, wanted, body), expected in (
    ("no purpose, no value", ("P-ada", token, {"code": ""}), (422, "code.unknown")),
    ("another purpose wants words", ("P-ada", token, {"code": "other", "words": " \u200b"}), (422, "words.missing")),
    ("another case's token opens nothing", ("P-ada", tokens(other)[0], {}), (404, "token.unknown")),
    ("who is not asked sees nothing", ("P-omar", token, {}), (403, "task.forbidden")),
  ):
    status, answer = reveal(name, wanted, **body)
    checks.hold(what, (status, answer.get("code")) == expected, answer)
  now, body = int(time.time()), {"by": "demo P-ada", "case": case, "code": "to_decide", "token": token}
  words = {"iss": "countersign.reviewer", "case": case, "body": hashlib.sha256(json.dumps(body).encode()).hexdigest(), "iat": now, "exp": now + 60}
  reviewer, kid = here.keys / "reviewer.key", here.kid(4)
  for what, bearer in (
    ("no word", None), ("a person's token", here.token("P-ada")), ("a stranger's signature", Key(kid=kid).sign("countersign-reveal+jwt", words)),
    ("a word for a look", Key(reviewer, kid).sign("countersign-look+jwt", words)),
    ("a word for another question", Key(reviewer, kid).sign("countersign-reveal+jwt", words | {"body": "0" * 64})),
    ("a word of an hour ago", Key(reviewer, kid).sign("countersign-reveal+jwt", words | {"iat": now - 3600, "exp": now - 3540})),
  ):
    status, answer = call("POST", f"{intake}/v1/reveal", bearer, body)
    checks.hold(f"{what} opens no vault", status == 401 and value not in json.dumps(answer), answer)
  checks.hold("and nothing more is on record", len(here.said("reviews", "countersign.task.revealed.v1")) == 1)
