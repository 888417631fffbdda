"""Attacks on what policy keeps: its files, its database and its clock."""
import hashlib
import json
import os
import shutil
import subprocess

from attacker import refused, started_again
from canonical import canonical
from forging import read


def edited_file(here, checks):
  """An edited bundle file changes nothing, and says so."""
  bundles = lambda: here.policy("/v1/bundles")["bundles"]
  before = {bundle["workflow"]: bundle["hash"] for bundle in bundles()}
  file = here.options.run / "workflows" / "reply-draft" / "policy.yaml"
  kept = file.read_text()
  file.write_text(kept.replace("deadline:", "deadline: 3d # ", 1))
  here.stopped("policy")
  checks.hold("policy starts on an edited bundle file", here.started("policy"))
  after = bundles()
  checks.hold("10. an edited bundle file: the old bundle stays in force", {bundle["workflow"]: bundle["hash"] for bundle in after} == before)
  checks.hold("  and policy says that the file differs", [bundle["workflow"] for bundle in after if bundle["file_differs"]] == ["reply-draft"], after)
  alert = here.until("alert", lambda: [
    alert for alert in here.said("alerts", "countersign.alert.published.v1") if "reply-draft/policy.yaml differs" in json.dumps(alert)], 30)
  checks.hold("  an alert in the ledger says so", alert)
  checks.hold("the ledger says who put the first bundles in force", here.ledgered("Mia Kowalski (P-mia) and Ivo Marek (P-ivo) put the first bundles in force"))
  file.write_text(kept)

  genesis, kept = here.options.run / "genesis.json", here.options.run / "genesis.kept.json"
  genesis.rename(kept)
  (here.keys / "attacker.key").write_bytes(os.urandom(32))
  subprocess.run(
    [here.options.bin / "countersign", "init", here.options.run / "workflows", "--people", here.options.run / "people.yaml",
     "--by=P-ada", "--by=P-ben", "--key", here.keys / "attacker.key", "--out", genesis, "--jwks", here.options.run / "attacker.jwks.json"],
    check=True, stdout=subprocess.DEVNULL)
  here.stopped("policy")
  checks.hold("10. a second genesis: policy starts", here.started("policy"))
  after = here.policy("/v1/bundles")
  founders = [founder["id"] for founder in after["genesis"]["founders"]]
  checks.hold("  and nothing has changed", founders == ["P-mia", "P-ivo"] and {
    bundle["workflow"]: bundle["hash"] for bundle in after["bundles"]} == before, founders)
  checks.hold("  an alert in the ledger says so", here.until("alert", lambda: [
    alert for alert in here.said("alerts", "countersign.alert.published.v1") if "it is founded once" in json.dumps(alert)], 30))
  kept.rename(genesis)


def edited_rows(here, checks):
  """Rows of policy's database, changed past it."""
  kept = here.rows(("SELECT body FROM switches",))[0]
  here.rows(("UPDATE switches SET body = ?", (kept.replace('"stops":', '"stops" :'),)))
  found = here.until("the stop of everything", lambda: [stop for stop in here.policy("/v1/stops")["stops"] if stop["workflow"] == "*"], 5)
  checks.hold("11. an edited row of the stop switch stops everything", "changed past the service" in found[0]["reason"], found)
  checks.hold("  the ledger says so", here.ledgered("changed past the service; everything is stopped"))
  doctor = subprocess.run([here.options.bin / "countersign", "doctor", "--brokers", here.options.brokers, *[
    f"--service={name}={here.local}{here.options.base + number}" for number, name in enumerate(
      ("intake", "policy", "model-adapter", "reviewer", "audit"), 1)]], capture_output=True, text=True)
  checks.hold("  and doctor too", "everything is stopped" in doctor.stdout, doctor.stdout[-600:] + doctor.stderr)
  here.rows(("UPDATE switches SET body = ?", (kept,)))
  here.until("the end of the stop", lambda: not here.policy("/v1/stops")["stops"], 5)

  case = here.send(60, "M-4008")
  here.until("review", lambda: here.road.cases[case].get("open"))
  done = len(here.effects())
  here.approve(case)
  here.stopped("policy")
  state = json.loads(bytes(here.rows(("SELECT body FROM states WHERE key = ?", (case,)))[0]))
  checks.hold("a case with an approved action lies in the database", state["phase"] == "releasing", state["phase"])
  state["action"]["body"]["text"] = "You get a million."
  state["action_hash"] = hashlib.sha256(canonical(state["action"])).hexdigest()
  here.rows(("UPDATE states SET body = ? WHERE key = ?", (json.dumps(state, ensure_ascii=False).encode(), case)))
  checks.hold("policy starts on the edited case", here.started("policy"))
  here.until("a new case file", lambda: (here.road.cases[case].get("open") or {"version": 1})["version"] > 1, 90)
  story = here.story(case, "they do not count any more")
  checks.hold("11. an edited row of a case: its approvals do not count, in the story", "they do not count any more" in story, story[-600:])
  checks.hold("  there is no permit, and nothing was done", not here.road.cases[case]["permits"] and len(here.effects()) == done)

  here.stopped("policy")
  here.rows(("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 30', 'undo_seconds: 0') WHERE workflow = 'access-request'",))
  checks.hold("policy does not start on an edited bundle row", not here.started("policy", 10))
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  and says which row was changed", "access-request does not have its hash" in log, log[-400:])
  here.rows(("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 0', 'undo_seconds: 30') WHERE workflow = 'access-request'",))
  kept = [here.rows((f"SELECT {column} FROM bundles WHERE workflow = 'access-request'",))[0] for column in ("policy", "hash")]
  forged = here.options.run / "forged" / "access-request"
  shutil.copytree(here.options.run / "workflows" / "access-request", forged)
  (forged / "policy.yaml").write_text(kept[0].replace("undo_seconds: 30", "undo_seconds: 0"))
  told = subprocess.run([here.options.bin / "countersign", "workflow", "check", "--json", forged], capture_output=True, text=True)
  version = json.loads(told.stdout)["folders"][0]["version"]
  put = "UPDATE bundles SET policy = ?, hash = ? WHERE workflow = 'access-request'"
  here.rows((put, ((forged / "policy.yaml").read_text(), version)))
  checks.hold("nor on a bundle row with its right hash that nobody signed", not here.started("policy", 10))
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  and says so", "access-request is not signed by an operator" in log, log[-400:])
  here.rows((put, kept))
  checks.hold("with the row put back it starts", here.started("policy"))


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <stdlib.h>
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, at);
  if (id == CLOCK_REALTIME) at->tv_sec -= atol(getenv("CLOCK_BACK"));
  return result;
}
"""


def clock_moved_back(here, checks, case):
  """Policy's clock, two hours back: a decision that was kept back would be young again."""
  code, library = here.options.run / "clock.c", here.options.run / "clock.so"
  code.write_text(CLOCK)
  subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, code, "-ldl"], check=True)
  kept = here.kept
  here.until("the time to be noted", lambda: json.loads(here.rows(("SELECT body FROM switches",))[0])["clock"] > (read(kept)["exp"] + 61) * 1_000_000, 240)
  here.stopped("policy")
  run = f"LD_PRELOAD={library} CLOCK_BACK=7200 stack_run {here.options.run} policy; stack_wait {here.options.run} policy 60"
  checks.hold("policy starts with its clock two hours back", here.shell(run))
  here.stopped("reviewer")
  found = here.until("the stop of everything", lambda: [stop for stop in here.policy("/v1/stops")["stops"] if stop["workflow"] == "*"], 5)
  checks.hold("12. a clock moved back stops everything", "a clock went back by" in found[0]["reason"], found)
  checks.hold("  the ledger says so", here.ledgered("a clock went back by"))
  refused(here, checks, "12. a decision that has expired is not young again", case, kept, "decision.expired")
  checks.hold("the reviewer service comes back", here.started("reviewer"))
  here.stopped("policy")
  checks.hold("policy starts with its clock set right", here.started("policy"))
  checks.hold("  and everything is still stopped", [stop["workflow"] for stop in here.policy("/v1/stops")["stops"]] == ["*"])
  started_again(here, checks, "--all")
