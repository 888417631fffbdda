"""Sample executor: performs a permitted action at most once and answers with a signed statement. See README.md."""
import argparse, base64, json, os, pathlib, re, time

import jwt

from canonical import canonical, sha256
from executor_bus import serve
from executor_store import Store
from own_signatures import own_signed
from permits import SKEW, Refused, key_source, redeemed, require, verified
from web import call

OPTIONS = {  # name: default; --NAME or EXECUTOR_NAME; `kafka` are further properties of librdkafka, `holders` URLs
  "brokers": "127.0.0.1:9092", "kafka": "{}", "name": "demo-executor", "source": "/executors/demo",
  "policy-jwks": "http://127.0.0.1:8082/.well-known/jwks.json", "policy-issuer": "countersign.policy", "signed": "", "refuse-glass": "",  # not empty: people must have signed, too; nobody alone
  "reviewer-jwks": "http://127.0.0.1:8084/.well-known/jwks.json", "reviewer-issuer": "countersign.reviewer",
  "target": "http://127.0.0.1:8090", "holders": "", "key": "executor.pem", "state": "executor.db",
  "actions": os.path.join(os.path.dirname(os.path.abspath(__file__)), "actions.json")}
PAUSE = os.environ.get("EXECUTOR_PAUSE", "").partition(":")  # "after-effect:SECONDS": where a test kills it
REFUSALS = (Refused, jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError, RecursionError)
LIMIT = 512 << 10  # bytes of an answer; the states of a longer one are left out, their digests stay


class Executor:
  def __init__(self, options):
    self.options, self.store, self.key = options, Store(options.state), pathlib.Path(options.key).read_text()
    self.actions = json.loads(pathlib.Path(options.actions).read_text())
    # What people approved is done also while the reviewer service is away: policy's permit has the last word.
    self.policy, self.reviewer = key_source(options.policy_jwks), key_source(options.reviewer_jwks, outlives=True)

  def judge(self, record):
    """(claims, result) of a permit; no claims: not policy's, or not for us. OSError: nothing was done, try again."""
    claims = {}
    try:
      claims = verified(record["permit"], self.policy, "countersign-permit+jwt", self.options.policy_issuer,
                        self.options.name, ("case", "act", "eff", "jti"))
      return claims, self.settled(claims) or self.perform(claims, **record)
    except REFUSALS as error:
      reason = f"{type(error).__name__}: {error}"[:200].encode(errors="replace").decode()
      return claims, {"status": "refused", "reason": reason, "before": None, "after": None}

  def settled(self, claims):
    """The result of an effect begun before, from the store or by its key at the target; None: not begun. Never acts."""
    begun, result = self.store.result(claims["eff"])
    if not begun: return None
    if result and result["status"] != "unknown": return result | {"reason": f"asked again: {result['reason'] or 'done before'}"}
    try: found = call("GET", f"{self.options.target}/effects?key={claims['eff']}")[1]["effects"]
    except (OSError, KeyError): found = []
    if not found: return self.store.finish(claims, "unknown", "begun, and the target does not know of it")
    return self.store.finish(claims, "executed", "found by its key", found[0]["before"], found[0]["after"])

  def perform(self, claims, permit, action, holders=None, **_):
    require(time.time() <= claims["exp"] + SKEW, "expired")
    require(claims["approvals"] or claims["route"] == "auto", "approval missing")
    for approval in claims["approvals"]:
      approved = verified(approval, self.reviewer, "countersign-approval+jwt", self.options.reviewer_issuer)
      require((approved["case"], approved["act"]) == (claims["case"], claims["act"]), "approval of something else")
      require(own_signed(approved, self.policy, self.options.policy_issuer) or not self.options.signed, "not signed by the person")
    require(sha256(canonical(action)) == claims["act"], "not the permitted action")
    require(sha256(canonical(holders or {})) == claims["hld"], "not the permitted holders")
    rule = self.actions.get(action["type"]) or {"target": "", "path": "", "method": None}
    require((action["method"], action["path"]) == (rule["method"], rule["path"].format(action["target"])) and
            re.fullmatch(rule["target"], action["target"]), "not an action of this executor")
    require(not (claims.get("glass") and self.options.refuse_glass), "decided by one person alone, under a broken glass")
    require(claims["route"] != "auto" or rule.get("automatic"), "not accepted on the automatic route")
    require(not self.store.revoked(claims["jti"], claims["eff"]), "revoked")
    status, before, headers = call("GET", self.options.target + action["target"])
    require(status == 200, f"the target answered {status}")
    if sha256(base64.urlsafe_b64decode(claims["salt"] + "==") + canonical(before)) != claims["pre"]:
      return self.store.finish(claims, "precondition.changed", "before the write", before)
    content = redeemed(permit, action["body"], holders or {}, self.options.holders.split(","))
    self.store.started(claims)
    try:
      status, answer, _ = call(action["method"], self.options.target + action["path"], content,
                               Idempotency_Key=claims["eff"], If_Match=headers["ETag"] or "*")
      if PAUSE[0] == "after-effect": time.sleep(float(PAUSE[2]))
      if status == 200: return self.store.finish(claims, "executed", "", answer["before"], answer["after"])
    except (OSError, KeyError, TypeError): return self.settled(claims)
    kind = {412: "precondition.changed", 409: "unknown"}.get(status, "failed")
    return self.store.finish(claims, kind, f"the target answered {status}", before)

  def statement(self, claims, case, result):
    """The body for `executions`: what we sign, and beside it the states whose digests it has."""
    states = {side: result[side] for side in ("before", "after")}
    digests = {f"{side}_digest": None if state is None else sha256(canonical(state)) for side, state in states.items()}
    signed = {"iss": self.options.name, "eff": claims.get("eff"), "jti": claims.get("jti"), "case": case,
              "status": result["status"], "reason": result["reason"], "iat": int(time.time()), **digests}
    named = {"typ": "countersign-execution+jwt", "kid": self.options.name}
    answer = {"answer": jwt.encode(signed, self.key, "EdDSA", named)}
    return min(canonical({**answer, **states}), canonical(answer), key=lambda form: len(form) > LIMIT)


if __name__ == "__main__":
  parser = argparse.ArgumentParser(description=__doc__)
  for name, default in OPTIONS.items():
    default = os.environ.get("EXECUTOR_" + name.upper().replace("-", "_"), default)
    parser.add_argument(f"--{name}", default=default, help=f"default: {default}")
  options = parser.parse_args()
  serve(Executor(options), options)
