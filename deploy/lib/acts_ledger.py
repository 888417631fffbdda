"""Steps 17, 18 and 19 of the story: questions during an incident, a defect report, and one changed byte of the ledger."""
import json
import shutil
import subprocess
import time

from road import call


def command(stage, *arguments):
  """(exit code, what it said, seconds) of a command that audit answers."""
  began = time.monotonic()
  done = subprocess.run([stage.options.bin / "countersign", *map(str, arguments)], capture_output=True, text=True)
  return done.returncode, " ".join((done.stdout + done.stderr).split()), time.monotonic() - began


def audit(stage):
  return ["--audit", f"{stage.local}{stage.options.base + 5}"]


def executed(stage, workflow):
  """A case of the workflow that has been carried out."""
  return next((case for case, entry in stage.road.cases.items()
               if entry.get("admitted", {}).get("workflow") == workflow and entry.get("outcome", {}).get("outcome") == "executed"), None)


def questions(stage):
  """Step 17."""
  case = executed(stage, "reply-draft") or executed(stage, "ticket-summary")
  now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7 * 86400))
  done = json.loads(subprocess.run([stage.options.bin / "countersign", "ask", "model", f"case={case}", "--json", *audit(stage)],
                                   capture_output=True, text=True).stdout)["answer"]
  bundle = done[0]["bundle"] if done else ""
  person = next((each["person"] for each in stage.road.cases[case]["decisions"]), "P-ada")
  person = person if " " in person else f"countersign.demo {person}"
  for words, ask in (
    ("which model version produced this", ["model", f"case={case}"]), ("overridden, by workflow", ["overridden"]),
    ("which tier delayed most", ["slowest-tier"]), ("what did this person see", ["seen", f"person={person}", f"at={now}"]),
    ("all effects under this bundle", ["effects", f"bundle={bundle}"]),
  ):
    code, said, seconds = command(stage, "ask", *ask, *audit(stage))
    stage.expect(f"{words}: one command", code == 0 and "nothing" not in said.split()[-1:], said[:140])
    stage.expect("  answered within a second", seconds < 1, f"{seconds:.2f} s")


def defect(stage):
  """Step 18."""
  case = executed(stage, "reply-draft")
  kpi = lambda: command(stage, "kpi", "--workflow", "reply-draft", *audit(stage))[1]
  before = kpi()
  stage.expect("the error catch rate says that there is not enough data", "error_catch_rate not enough data" in before, before[-300:])
  token = (stage.keys / "tokens" / "support-desk").read_text().strip()
  status, answer = call("POST", f"{stage.local}{stage.options.base + 1}/v1/cases/{case}/defects", token,
                        {"kind": "complaint", "words": "The customer was addressed by a wrong name.", "by": "P-1"})
  stage.expect("a complaint about a reply that went out is taken", status == 202 and answer.get("noted"), f"{status} {answer}")
  story = stage.story(case, "complaint")
  stage.expect("it stands in the case's story", "complaint" in story, story[-140:])
  # Of the morning's tickets there are enough for a rate.
  ticket = executed(stage, "ticket-summary")
  old = reported(stage, "ticket-summary")
  stage.expect("the rate of reported defects stands there with n and interval", old.get("status") == "ok" and old["n"] >= 30, str(old)[:140])
  call("POST", f"{stage.local}{stage.options.base + 1}/v1/cases/{ticket}/defects", token, {"kind": "complaint", "words": "It names another product.", "by": "P-2"})
  end = time.monotonic() + 30
  while (new := reported(stage, "ticket-summary")).get("hits") == old.get("hits") and time.monotonic() < end:
    time.sleep(0.5)
  moved = new.get("estimate") is not None and new["estimate"] > (old.get("estimate") or 0) and new["high"] > (old.get("high") or 0)
  stage.expect("a complaint about one of them moves it, and its interval with it", moved and new["low"] <= new["estimate"] <= new["high"],
               " to ".join(f"{each.get('hits')} of {each.get('n')} [{each.get('low') or 0:.4f}, {each.get('high') or 0:.4f}]" for each in (old, new)))


def reported(stage, workflow):
  """The rate of reported defects of a workflow, as audit tells it."""
  _, said, _ = command(stage, "kpi", "--workflow", workflow, *audit(stage), "--json")
  groups = json.loads(said).get("groups") if said.startswith("{") else None
  return next((figure for figure in (groups or [{}])[0].get("kpis", []) if figure["kpi"] == "reported_defect_rate"), {})


def changed_byte(stage):
  """Step 19."""
  key, copy = stage.options.dir / "ledger.vkey", stage.options.dir / "ledger-copy"
  code, said, _ = command(stage, "audit", "verify", f"{stage.local}{stage.options.base + 5}", "--key", key)
  stage.expect("the running ledger is what was signed", code == 0, said[:140])
  shutil.copytree(stage.options.dir / "data" / "ledger", copy, dirs_exist_ok=True)
  code, said, _ = command(stage, "audit", "verify", copy, "--key", key)
  stage.expect("so is a copy of its folder", code == 0, said[:140])
  segment = sorted((copy / "segments").glob("*.log"))[0]
  content = bytearray(segment.read_bytes())
  content[len(content) // 3] ^= 1
  segment.write_bytes(content)
  code, said, _ = command(stage, "audit", "verify", copy, "--key", key)
  stage.expect("somebody edits one byte of the copy: verify names the record", code == 1 and "record" in said, said[:200])
  stage.later("one index row; Go and Python agree; a restore", "deploy/tests/suites/ledger and restore do it, they stop services")


def packet(stage, case):
  """A case's packet, written and then verified with nothing but the public key."""
  folder = stage.options.dir / "packet"
  folder.mkdir(exist_ok=True)
  began = time.monotonic()
  code, said, _ = command(stage, "audit", "packet", case, *audit(stage), "--out", folder / "case.json")
  stage.expect("the packet is on disk within 60 s", code == 0 and time.monotonic() - began < 60, f"{time.monotonic() - began:.0f} s. {said[:100]}")
  shutil.copy(stage.options.dir / "ledger.vkey", folder / "ledger.vkey")
  code, said, _ = command(stage, "audit", "verify", folder / "case.json", "--key", folder / "ledger.vkey")
  stage.expect("and is verified offline, with the public key alone", code == 0, said[:140])
