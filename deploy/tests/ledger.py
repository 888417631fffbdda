"""The ledger of a whole installation, checked by programs of others; what is expected of each is written beside it.

Go: golang.org/x/mod/sumdb/{tlog,note}. Python: tlog-scales. Witnesses are our own `countersign audit witness`, two processes.
"""
import argparse
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tlog_scales.reader import TilesReader
from tlog_scales.backend import HttpBackend
from tlog_scales.signing import Vkey, VkeySet

WITNESSES = ("one", "two")


def gone(pid):
  """Whether a process has ended; one that nobody has waited for yet counts as ended."""
  try:
    return "\nState:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text()
  except OSError:
    return True


class Suite:
  def __init__(self, options):
    self.options, self.dir, self.bin = options, options.dir, options.bin
    self.audit = f"http://127.0.0.1:{options.base + 5}"
    self.intake = f"http://127.0.0.1:{options.base + 1}"
    self.passed = self.failed = 0
    self.witnesses, self.items = {}, 0

  def check(self, what, holds, seen=""):
    self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
    print(f"{'ok  ' if holds else 'FAIL'} {what}" + (f"  [{str(seen)[:300]}]" if not holds or seen else ""), flush=True)
    return holds

  # The installation.

  def stack(self, command):
    script = f"source {self.options.root}/deploy/lib/steps; source {self.options.root}/deploy/lib/stack; {command}"
    environment = {**os.environ, "PORT_BASE": str(self.options.base), "BROKER_PORT": str(self.options.broker)}
    return subprocess.run(["bash", "-c", script], env=environment, stdout=subprocess.DEVNULL).returncode == 0

  def settings(self, **more):
    path = self.dir / "audit.conf"
    lines = [line for line in path.read_text().splitlines() if line.split("=")[0] not in more]
    path.write_text("".join(f"{line}\n" for line in lines + [f"{key}={value}" for key, value in more.items()]))

  def restart(self, how="TERM"):
    """Audit, ended and started again; whether it is ready."""
    pid = int((self.dir / "pids/audit").read_text())
    try:
      os.kill(pid, getattr(signal, f"SIG{how}"))
    except ProcessLookupError:
      pass
    self.until(lambda: gone(pid), 20)
    return self.stack(f"stack_run '{self.dir}' audit; stack_wait '{self.dir}' audit")

  def stop(self, *names):
    """Ends processes in an orderly way, and waits until they have."""
    for name in names:
      pid = int((self.dir / f"pids/{name}").read_text())
      self.stack(f"stack_kill '{self.dir}' {name} TERM")
      self.until(lambda: gone(pid), 30)

  def witness(self, name):
    port = self.options.base + 31 + WITNESSES.index(name)
    logs = [argument for key in self.log_keys for argument in ("--log", key)]
    self.witnesses[name] = subprocess.Popen(
      [self.bin / "countersign", "audit", "witness", "--listen", f"127.0.0.1:{port}", "--name", f"witness.example/{name}",
       "--key-file", self.dir / f"keys/witness-{name}.key", "--state", self.dir / f"data/witness-{name}", *logs],
      stdout=open(self.dir / f"logs/witness-{name}.log", "a"), stderr=subprocess.STDOUT)
    return f"http://127.0.0.1:{port}"

  def publish(self, count, samples=("ts-0001",)):
    """Items by HTTP, of these samples in turn; the cases."""
    folder = self.options.root / "deploy/workflows/ticket-summary/samples"
    cases = []
    for number in range(count):
      sample = json.loads((folder / f"{samples[number % len(samples)]}.json").read_text())
      token = (self.dir / "keys/tokens" / sample["source"]).read_text().strip()
      self.items += 1
      request = urllib.request.Request(
        f"{self.intake}/v1/items", json.dumps(sample | {"id": f"ledger-{self.items}"}).encode(),
        {"Authorization": f"Bearer {token}", "content-type": "application/json"})
      with urllib.request.urlopen(request, timeout=10) as answer:
        cases.append(json.load(answer)["case"])
    return cases

  def get(self, path, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
      with urllib.request.urlopen(urllib.request.Request(self.audit + path, headers=headers), timeout=10) as answer:
        return answer.read()
    except (urllib.error.URLError, ConnectionError):
      return None

  def until(self, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
      value = condition()
      if value or time.monotonic() > end:
        return value
      time.sleep(0.3)

  def ledger(self):
    return json.loads(self.get("/v1/ledger") or b"{}")

  def served(self):
    """The size of the checkpoint that outsiders see."""
    text = self.get("/ledger/checkpoint")
    return int(text.split(b"\n")[1]) if text else 0

  def countersign(self, *arguments, timeout=180):
    done = subprocess.run([self.bin / "countersign", *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout + done.stderr

  def verify(self, what, *more):
    status, text = self.countersign("audit", "verify", what, "--json", *more)
    try:
      return status, json.loads(text.splitlines()[-1])
    except (json.JSONDecodeError, IndexError):
      return status, {"sound": None, "flaws": [], "text": text}

  def outsider(self, *arguments):
    done = subprocess.run([self.dir / "outsider", *map(str, arguments)], capture_output=True, text=True, timeout=180)
    return done.returncode, " / ".join((done.stdout + done.stderr).splitlines())

  # What is played.

  def play(self):
    key = self.countersign("audit", "key", self.dir / "keys/audit.key")[1].strip()
    self.log_keys = [key]
    keys, policy = [], [f"log {key}"]
    for name in WITNESSES:
      (self.dir / f"keys/witness-{name}.key").write_bytes(secrets.token_bytes(32))
      public = self.countersign("audit", "key", self.dir / f"keys/witness-{name}.key", "--witness", "--name", f"witness.example/{name}")[1].strip()
      keys.append(public)
      policy.append(f"witness {name} {public} {self.witness(name)}")
    policy += ["group both all one two", "quorum both"]
    (self.dir / "witnesses.policy").write_text("\n".join(policy) + "\n")
    self.settings(WITNESSES=self.dir / "witnesses.policy", CHECKPOINT_SECONDS=3)
    if not self.check("an installation with two witnesses starts", self.stack(f"stack_start '{self.dir}'")):
      return
    cases = self.publish(60)
    self.check("checkpoints are signed and cosigned", self.until(lambda: self.served() > 300, 60), self.served())
    self.others(key, keys)
    self.packets(key, cases)
    self.kills(key, keys)
    self.absent(key)
    new = self.rotation(key)
    self.tampering(new)
    self.rebuilding(new)

  def others(self, key, witness_keys):
    status, text = self.outsider(f"{self.audit}/ledger", key, *witness_keys)
    self.check("Go's tlog and note find the whole log sound, with both witnesses", status == 0, text)
    status, text = self.outsider(f"{self.audit}/ledger", self.countersign("audit", "key", self.dir / "keys/policy.key")[1].strip())
    self.check("and not by another key", status == 1, text)
    reader = TilesReader(HttpBackend(f"{self.audit}/ledger"))
    checkpoint = reader.get_checkpoint()
    signed = VkeySet(*map(Vkey.from_string, [key, *witness_keys])).verify(checkpoint.signatures, checkpoint)
    self.check("tlog-scales verifies three signatures of the checkpoint", len(signed) == 3, len(signed))
    self.check("its root from tiles is the signed one", reader.calculate_root_hash() == checkpoint.root_hash)
    wrong = 0
    for index in range(0, checkpoint.size, max(1, checkpoint.size // 50)):
      leaf = hashlib.sha256(b"\0" + reader.get_entry(index)).digest()
      try:
        reader.get_inclusion_proof(index, checkpoint.size).check(leaf, checkpoint.root_hash)
        if index:
          old = TilesReader(reader.backend)
          old.set_size(checkpoint.size)
          reader.get_consistency_proof(index, checkpoint.size).check(old.mth(0, index), checkpoint.root_hash)
      except Exception as error:  # each one that does not hold is counted
        wrong += 1
        print(error)
    self.check("tlog-scales' inclusion and consistency proofs hold", wrong == 0, wrong)
    status, report = self.verify(self.audit, "--policy", self.dir / "witnesses.policy")
    self.check("countersign audit verify finds it sound over HTTP", status == 0 and report["sound"], report)

  def packets(self, key, cases):
    alone = self.dir / "alone"
    alone.mkdir()
    began = time.monotonic()
    case = self.publish(1)[0]
    self.until(lambda: b'"ended"' in (self.get(f"/v1/cases/{case}") or b""), 30)
    status, text = self.countersign(
      "audit", "packet", case, "--audit", self.audit, "--token-file", self.dir / "keys/admin.token", "--out", alone / "case.json")
    self.check("a packet within a minute of the item", status == 0 and time.monotonic() - began < 90, text)
    (alone / "ledger.vkey").write_text(key + "\n")
    here = os.getcwd()
    os.chdir(alone)
    status, report = self.verify("case.json", "--key", "ledger.vkey")
    os.chdir(here)
    self.check("it verifies in a folder that holds only it and the key", status == 0 and report["records"] >= 4 and report["contents"] == report["records"], report)
    status, text = self.outsider("-packet", alone / "case.json", key)
    self.check("Go's tlog finds every record of it in the ledger", status == 0, text)
    packet = json.loads((alone / "case.json").read_text())
    for name, change in {
      "a record left out": lambda p: p["records"].pop(1),
      "a content changed": lambda p: p["records"][1].update(content=p["records"][0]["content"]),
      "another case's name": lambda p: p.update(case=cases[0]),
      "two records exchanged": lambda p: p["records"].reverse(),
    }.items():
      changed = json.loads(json.dumps(packet))
      change(changed)
      (alone / "changed.json").write_text(json.dumps(changed))
      status, report = self.verify(alone / "changed.json", "--key", key)
      self.check(f"{name} is found", status == 1 and report["flaws"], [flaw["text"] for flaw in report["flaws"]][:2])
    position = packet["records"][0]["position"]
    status, text = self.countersign("audit", "prove", position, "--audit", self.audit, "--out", alone / "one.tlog-proof")
    status, report = self.verify(alone / "one.tlog-proof", "--key", key)
    self.check("a .tlog-proof verifies", status == 0 and report["position"] == position, report)
    status, text = self.outsider("-proof", alone / "one.tlog-proof", key)
    self.check("by Go's tlog, too", status == 0, text)
    status, text = self.countersign("audit", "packet", case, "--audit", self.audit, "--out", alone / "facts.json")
    status, report = self.verify(alone / "facts.json", "--key", key)
    self.check("without the operator's token it holds facts alone", status == 0 and report["contents"] == 0 and report["withheld"] == report["records"], report)

  def kills(self, key, witness_keys):
    seen = self.dir / "seen"
    status, _ = self.verify(self.audit, "--policy", self.dir / "witnesses.policy", "--seen", seen)
    sound = status == 0
    for round in range(6):
      self.publish(25)
      time.sleep(0.05 * round)
      ready = self.restart("KILL")
      sound = sound and ready
    self.check("audit comes back after kill -9 in the middle of appending, six times", sound)
    whole = lambda: json.loads(self.get("/v1/completeness") or b"{}").get("complete")
    self.check("every record is there", self.until(whole, 60), (self.get("/v1/completeness") or b"")[:200])
    size = self.ledger()["size"]
    self.until(lambda: self.served() >= size, 40)
    status, report = self.verify(self.audit, "--policy", self.dir / "witnesses.policy", "--seen", seen)
    self.check("it goes on from the checkpoint that was seen before the kills", status == 0 and report["sound"], report)
    status, text = self.outsider(f"{self.audit}/ledger", key, *witness_keys)
    self.check("Go's tlog finds it sound again", status == 0, text)

  def absent(self, key):
    """A witness is away: nothing more is served than what both have seen; back again, it catches up."""
    self.witnesses["two"].kill()
    self.witnesses["two"].wait()
    before = self.served()
    self.publish(20)
    grown = self.until(lambda: (self.ledger().get("checkpoint") or {}).get("size", 0) > before, 30)
    self.check("without the second witness checkpoints are signed on", grown)
    time.sleep(4)
    self.check("and none is served that too few have cosigned", self.served() == before, (before, self.served()))
    witnesses = lambda: {row["name"]: row for row in self.ledger()["witnesses"]}
    self.until(lambda: witnesses()["two"]["failure"], 20)
    told = witnesses()
    self.check("the ledger's status says which witness is away", told["two"]["failure"] and not told["one"]["failure"], told)
    self.witness("two")
    self.check("back again, it cosigns what it missed", self.until(lambda: self.served() > before, 90), self.served())

  def rotation(self, key):
    (self.dir / "keys/audit-2.key").write_bytes(secrets.token_bytes(32))
    new = self.countersign("audit", "key", self.dir / "keys/audit-2.key")[1].strip()
    # Witnesses learn of the new key from people, before it is taken into use.
    self.log_keys = [key, new]
    for name in WITNESSES:
      self.witnesses[name].terminate()
      self.witnesses[name].wait()
      self.witness(name)
    self.settings(SIGNING_KEY_FILE=f"{self.dir}/keys/audit.key,{self.dir}/keys/audit-2.key")
    self.check("audit starts with a second key", self.restart())
    before = self.served()
    self.publish(20)
    self.until(lambda: self.served() > before, 90)
    policy = self.dir / "new.policy"
    policy.write_text((self.dir / "witnesses.policy").read_text().replace(f"log {key}", f"log {new}"))
    status, report = self.verify(self.dir / "data/ledger", "--policy", policy)
    self.check("who knows the new key alone finds the whole ledger sound", status == 0 and report["sound"], report)
    status, report = self.verify(self.audit, "--policy", self.dir / "witnesses.policy")
    self.check("who knows the first key follows the change", status == 0 and report["sound"], report)
    status, text = self.outsider(f"{self.audit}/ledger", new)
    self.check("Go's note opens the checkpoint with the new key", status == 0, text)
    status, text = self.outsider(f"{self.audit}/ledger", key)
    self.check("and not with the old one", status == 1, text)
    return new

  def tampering(self, key):
    status, report = self.verify(self.audit, "--key", key, "--index", self.audit, "--token-file", self.dir / "keys/admin.token")
    self.check("audit's index is what the ledger says", status == 0 and report["sound"], report["flaws"][:2])
    status, report = self.verify(self.audit, "--key", key, "--tell", "ledger suite", "--token-file", self.dir / "keys/admin.token")
    told = json.loads(self.get("/v1/ledger/status"))
    self.check("audit keeps who verified it", status == 0 and told["verified"]["by"] == "ledger suite" and told["verified"]["sound"], told["verified"])
    status, text = self.countersign("audit", "status", "--audit", self.audit)
    self.check("countersign audit status says that the ledger is well", status == 0 and "verified" in text, text)
    status, text = self.countersign("audit", "verify", self.audit, "--key", key, "--tell", "nobody")
    self.check("without the operator's token nobody can tell that", status != 0 and "token" in text, text)
    self.stop("executor", "intake", "policy", "model-adapter", "reviewer", "audit")
    source, copy = self.dir / "data/ledger", self.dir / "tampered"
    def fresh():
      shutil.rmtree(copy, ignore_errors=True)
      shutil.copytree(source, copy)
    fresh()
    status, report = self.verify(copy, "--key", key)
    self.check("a copy of the folder is sound with its contents", status == 0 and report["contents"] == report["records"], report)
    size = report["size"]
    leaves = copy / "segments/000001.log"
    data, offsets, at = leaves.read_bytes(), [], 0
    while at < len(data):
      offsets.append(at)
      at += 2 + int.from_bytes(data[at:at + 2], "big")
    victim = size // 2
    begin, end = offsets[victim], offsets[victim + 1]
    for name, changed in {
      "one flipped bit": data[:begin + 30] + bytes([data[begin + 30] ^ 1]) + data[begin + 31:],
      "a record taken out": data[:begin] + data[end:],
      "a record put in": data[:begin] + data[offsets[3]:offsets[4]] + data[begin:],
      "the end cut off": data[:begin],
    }.items():
      fresh()
      leaves.write_bytes(changed)
      status, report = self.verify(copy, "--key", key)
      first = (report["flaws"] or [{}])[0]
      self.check(f"{name} is found at record {victim}", status == 1 and first.get("position") == victim, first)
    fresh()
    content = copy / "content/000001.log"
    data = content.read_bytes()
    content.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    status, report = self.verify(copy, "--key", key)
    self.check("one changed byte of a content is found at its record", status == 1 and report["flaws"][0]["kind"] == "content.changed", report["flaws"][:1])

  def rebuilding(self, key):
    def tables():
      answer = json.loads(self.countersign("digest", "audit", "--config", self.dir / "audit.conf", "--json")[1])
      return {name: answer["tables"][name] for name in ("entries", "cases", "labels", "security")}
    before = tables()
    status, text = self.countersign("audit", "rebuild", "--config", self.dir / "audit.conf")
    self.check("the index is thrown away", status == 0 and tables()["cases"]["rows"] == 0, text)
    self.check("audit makes it anew from the ledger when it starts", self.stack(f"stack_run '{self.dir}' audit; stack_wait '{self.dir}' audit 120"))
    self.check("  before any record comes", self.until(lambda: json.loads(self.get("/v1/cases?limit=1") or b"{}").get("cases"), 60))
    status, text = self.countersign("audit", "rebuild", "--config", self.dir / "audit.conf")
    self.check("and not while it runs", status == 1 and "Stop audit" in text, text)
    self.stop("audit")
    self.check("the same, table for table", tables() == before, {name: (before[name], row) for name, row in tables().items() if row != before[name]})


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
  finally:
    for process in suite.witnesses.values():
      process.kill()
  print(f"{suite.passed} passed, {suite.failed} failed")
  return 1 if suite.failed else 0


if __name__ == "__main__":
  sys.exit(main())
