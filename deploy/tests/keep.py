"""Retention and legal holds in a whole installation whose clock runs ten minutes a second; what is expected is written beside it.

    keep.py FOLDER --bin DIR --base PORT --broker PORT --root DIR

The ledger is checked before and after by `countersign audit verify`, by Go's golang.org/x/mod/sumdb and by Python's tlog-scales.
"""
import argparse
import json
import pathlib
import random
import sys
import time
import urllib.error
import urllib.request

from tlog_scales.backend import HttpBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet

import ledger

CASES, ENDED = 40, 4


class Suite(ledger.Suite):
  def __init__(self, options):
    super().__init__(options)
    tokens = (line.split() for line in (self.dir / "keys/people.tokens").read_text().splitlines() if line and line[0] != "#")
    self.tokens = {person: token for token, person in tokens}
    self.operator = (self.dir / "keys/admin.token").read_text().strip()

  def call(self, method, path, token=None, body=None):
    """(status, answer)"""
    headers = {"content-type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(self.audit + path, None if body is None else json.dumps(body).encode(), headers, method=method)
    try:
      with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
      return error.code, json.loads(error.read() or b"{}")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
      return 0, {}

  def retention(self):
    return self.call("GET", "/v1/retention")[1]

  def case(self, case, token=None):
    return self.call("GET", f"/v1/cases/{case}", token)[1]

  def publish(self, count):
    """Items that the machine may do alone, in turn; the cases."""
    expected = json.loads((self.options.root / "deploy/workflows/ticket-summary/expectations.json").read_text())
    return super().publish(count, [name for name, row in expected.items() if row["route"] == "auto"])

  def ended(self, cases):
    return [case for case in cases if self.case(case).get("record", {}).get("ended")]

  def classes(self, **classes):
    """Another declaration, with which audit is started anew."""
    (self.dir / "retention.yaml").write_text(
      f"minimum_days: 0\nnotice_hours: 1\nclasses: {json.dumps({name: {'days': days} for name, days in classes.items()})}\n"
      f"workflows: {{ticket-summary: {next(iter(classes))}}}\n")
    return self.restart()

  def signed(self):
    """Once a checkpoint tells of all that is there now."""
    size = self.ledger()["size"]
    return self.until(lambda: self.served() >= size, 60)

  def sound(self, when, key):
    """What three programs find, and our own report of the folder with its contents."""
    self.signed()
    status, text = self.outsider(f"{self.audit}/ledger", key)
    self.check(f"{when}: Go's tlog and note find the log sound", status == 0, text)
    reader = TilesReader(HttpBackend(f"{self.audit}/ledger"))
    checkpoint = reader.get_checkpoint()
    signed = VkeySet(Vkey.from_string(key)).verify(checkpoint.signatures, checkpoint)
    self.check(f"{when}: so does tlog-scales", len(signed) == 1 and reader.calculate_root_hash() == checkpoint.root_hash)
    status, report = self.verify(self.dir / "data/ledger", "--key", key)
    self.check(f"{when}: countersign audit verify finds it sound with its contents", status == 0 and report["sound"], report["flaws"][:3])
    return report

  def digest(self):
    answer = json.loads(self.countersign("digest", "audit", "--config", self.dir / "audit.conf", "--json")[1])
    names = ("entries", "cases", "labels", "security", "kpi_cells", "budget_cells", "touched", "views", "flaws", "erasures", "erased", "going", "holds")
    return {name: answer["tables"][name] for name in names}

  def play(self):
    key = self.countersign("audit", "key", self.dir / "keys/audit.key")[1].strip()
    self.log_keys = [key]
    self.settings(CHECKPOINT_SECONDS=1)
    if not self.check("an installation starts", self.stack(f"stack_start '{self.dir}'")):
      return
    cases = self.publish(CASES)
    # At this pace sources grow stale on the way: most cases wait for people.
    self.until(lambda: len(self.ended(cases)) >= ENDED, 90)
    done = self.ended(cases)
    self.check("some cases end by themselves", len(done) >= ENDED, len(done))
    report = self.sound("before", key)
    self.check("nothing is gone", report["erased"] == 0 and self.retention()["erased"]["contents"] == 0, report)
    held, other = done[0], done[1]
    hold = self.placing(held)
    gone = self.sweeping(done, held, key)
    self.packets(gone, held, other, key)
    self.releasing(hold, held, key)
    self.rebuilding(key)

  def placing(self, case):
    body = {"case": case, "reason": "matter 2026/7"}
    status, answer = self.call("POST", "/v1/holds", None, body)
    self.check("nobody places a hold without a token", status == 401, (status, answer))
    status, answer = self.call("POST", "/v1/holds", self.operator, body)
    self.check("nor does the operator's token, which names no person", status == 401, (status, answer))
    status, answer = self.call("POST", "/v1/holds", self.tokens["P-ada"], body)
    self.check("nor an agent", status == 403, (status, answer))
    status, answer = self.call("POST", "/v1/holds", self.tokens["P-mia"], {"case": "019ab000-0000-7000-8000-000000000000", "reason": "x"})
    self.check("nor anybody on a case that is none", status == 404, (status, answer))
    status, answer = self.call("POST", "/v1/holds", self.tokens["P-mia"], {"case": case})
    self.check("nor without a reason", status == 400, (status, answer))
    (self.dir / "mia.token").write_text(self.tokens["P-mia"])
    status, text = self.countersign(
      "audit", "hold", "place", "--case", case, "--reason", "matter 2026/7", "--audit", self.audit, "--token-file", self.dir / "mia.token", "--json")
    placed = json.loads(text) if status == 0 else {}
    self.check("a compliance officer does, by the command line", placed.get("scope") == "case" and not placed.get("late"), text)
    told = self.call("GET", "/v1/holds")[1]["holds"]
    self.check("everybody sees that it stands, and not why", len(told) == 1 and "reason" not in told[0]["placed"], told)
    told = self.call("GET", "/v1/holds", self.operator)[1]["holds"]
    self.check("the operator sees why", told and told[0]["placed"]["reason"] == "matter 2026/7", told)
    self.check("the case says that it is held", self.case(case).get("held") is True)
    return placed.get("hold", "")

  def sweeping(self, done, held, key):
    self.check("audit starts with a class whose time is over", self.classes(quick=0))
    said = self.until(lambda: self.retention().get("sweep", {}).get("begun", 0) >= len(done) - 1, 60)
    self.check("the ledger says what will go before it goes", said, self.retention())
    # Killed while contents are destroyed, at no chosen moment.
    lucky, ready = random.Random(20261130), True
    for _ in range(5):
      time.sleep(lucky.uniform(0.2, 2.5))
      ready = self.restart("KILL") and ready
    self.check("audit comes back after each of five kills", ready)
    finished = lambda: (lambda told: told.get("erased", {}).get("cases", 0) >= len(done) - 1 and told["sweep"]["begun"] == 0)(self.retention())
    self.check("every case but the held one goes", self.until(finished, 90), self.retention())
    report = self.sound("after", key)
    gone = sum(report["erased_by"].values())
    self.check("it says how many contents are gone by which records", gone == report["erased"] > len(done), report["erased"])
    self.check("and no content is there that should be gone", report["announced"] == 0, report["announced"])
    hops = self.case(held, self.operator)["hops"]
    self.check("the held case has all its contents", all(hop["intact"] is not False and "erased_by" not in hop for hop in hops), len(hops))
    status, text = self.countersign("audit", "retention", "--audit", self.audit)
    self.check("countersign audit retention tells it", status == 0 and "gone" in text and "quick: 0 days" in text, text)
    return next(case for case in done if case != held)

  def packets(self, gone, held, other, key):
    for case, what in ((gone, "gone"), (held, "held")):
      path = self.dir / f"{what}.json"
      status, text = self.countersign(
        "audit", "packet", case, "--audit", self.audit, "--token-file", self.dir / "keys/admin.token", "--out", path)
      status, report = self.verify(path, "--key", key)
      self.check(f"the packet of a case that is {what} verifies", status == 0 and report["sound"], report)
      told = report["erased"] > 0 and sum(report["erased_by"].values()) == report["erased"] and report["unexplained"] == 0
      self.check("  and says by which record" if what == "gone" else "  with all its contents", told if what == "gone" else report["erased"] == 0, report)
      status, text = self.outsider("-packet", path, key)
      self.check("  by Go's tlog, too", status == 0, text)
    status, text = self.countersign("case", gone, "--audit", self.audit)
    self.check("its story says what became of its contents", status == 0 and "Contents of the case go, by the retention class quick" in text and "gone" in text, text[-400:])

  def releasing(self, hold, held, key):
    path, body = f"/v1/holds/{hold}/release", {"reason": "settled"}
    status, answer = self.call("POST", path, self.tokens["P-mia"], body)
    self.check("the first one's word waits for another's", status == 202 and answer["released"] is False, (status, answer))
    status, answer = self.call("POST", path, self.tokens["P-mia"], body)
    self.check("the same person is not two", status == 403 and answer["code"] == "four_eyes.same", (status, answer))
    self.check("and the hold stands", self.call("GET", "/v1/holds")[1]["holds"][0]["released"] is None)
    (self.dir / "ivo.token").write_text(self.tokens["P-ivo"])
    status, text = self.countersign("audit", "hold", "release", hold, "--reason", "settled", "--audit", self.audit, "--token-file", self.dir / "ivo.token")
    self.check("with another person's it ends", status == 0 and "has ended" in text, text)
    erased = lambda: any("erased_by" in hop and hop["intact"] is None for hop in self.case(held).get("hops", []))
    self.check("and the contents go", self.until(erased, 60))
    told = self.call("GET", "/v1/holds?all=1", self.operator)[1]["holds"]
    self.check("the hold's whole story is on record", told and all(told[0].get(name) for name in ("placed", "asked", "released")), told)
    self.until(lambda: self.retention()["sweep"]["begun"] == 0, 30)

  def rebuilding(self, key):
    status, report = self.verify(self.audit, "--key", key, "--index", self.audit, "--token-file", self.dir / "keys/admin.token")
    self.check("audit's index is what the ledger says", status == 0 and report["sound"], report["flaws"][:2])
    self.stop("executor", "intake", "policy", "model-adapter", "reviewer", "audit")
    before = self.digest()
    status, text = self.countersign("audit", "rebuild", "--config", self.dir / "audit.conf")
    self.check("the index is thrown away", status == 0 and self.digest()["erasures"]["rows"] == 0, text)
    # Nothing more may go while it is made anew.
    (self.dir / "retention.yaml").write_text("minimum_days: 0\nclasses: {slow: {days: 1000}}\nworkflows: {ticket-summary: slow}\n")
    self.check("audit makes it anew from what is left", self.stack(f"stack_run '{self.dir}' audit; stack_wait '{self.dir}' audit 120"))
    self.until(lambda: json.loads(self.get("/v1/cases?limit=1") or b"{}").get("cases"), 60)
    self.stop("audit")
    after = self.digest()
    self.check("the same, table for table", after == before, {name: (before[name], row) for name, row in after.items() if row != before[name]})


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("dir", type=pathlib.Path)
  parser.add_argument("--bin", type=pathlib.Path, required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--broker", type=int, required=True)
  parser.add_argument("--root", type=pathlib.Path, required=True)
  suite = Suite(parser.parse_args())
  try:
    suite.play()
  except Exception as error:  # what breaks off is a failure, and the rest is counted all the same
    suite.check("the suite is played to its end", False, f"{type(error).__name__}: {error}")
    import traceback
    traceback.print_exc()
  print(f"{suite.passed} passed, {suite.failed} failed")
  return 1 if suite.failed else 0


if __name__ == "__main__":
  sys.exit(main())
