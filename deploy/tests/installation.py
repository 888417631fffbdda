"""One whole installation, seen from outside: what starts when, one case's trace over all five services, governance, the
built-in webhook executor, foreign records.

    installation.py BIN DIR       environment: BROKER_PORT, RECORD_PORT, PORT_BASE as in deploy/lib/stack
"""
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import confluent_kafka
from confluent_kafka import TopicPartition

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN, DIR = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
BROKER, BASE, RECORD = (int(os.environ[name]) for name in ("BROKER_PORT", "PORT_BASE", "RECORD_PORT"))
PORTS = {name: BASE + 1 + index for index, name in enumerate(("intake", "policy", "model-adapter", "reviewer", "audit"))}
OUTSIDE = "4bf92f3577b34da6a3ce929d0e0e4736"
PASSED, FAILED = [], []


def check(name, holds, shown=""):
  (PASSED if holds else FAILED).append(name)
  print(f"{'ok    ' if holds else 'FAILED'} {name}" + ("" if holds else f": {shown}"), flush=True)


def stack(*words):
  script = f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"; "$@"'
  return subprocess.run(["bash", "-c", script, "stack", *words], stdin=subprocess.DEVNULL).returncode


def get(service, path, token=None):
  request = urllib.request.Request(f"http://127.0.0.1:{PORTS[service]}{path}")
  if token:
    request.add_header("Authorization", f"Bearer {token}")
  try:
    with urllib.request.urlopen(request, timeout=5) as answer:
      return answer.status, json.loads(answer.read() or b"null")
  except urllib.error.HTTPError as error:
    return error.code, json.loads(error.read() or b"null")
  except OSError:
    return 0, None


def is_away(url):
  try:
    urllib.request.urlopen(url, timeout=2).close()
    return False
  except OSError:
    return True


def wait(seconds, what):
  """What `what` gives as soon as it is true, or its last value."""
  end = time.time() + seconds
  while not (found := what()) and time.time() < end:
    time.sleep(0.2)
  return found


def read(topic, group):
  """All records of a topic in this run of the broker: (headers, body)."""
  reader = confluent_kafka.Consumer({"bootstrap.servers": f"127.0.0.1:{BROKER}", "group.id": group,
                                     "enable.auto.commit": False, "fetch.wait.max.ms": 10, "log_level": 0})
  try:
    partitions = reader.list_topics(topic, timeout=10).topics[topic].partitions
    ends = {p: reader.get_watermark_offsets(TopicPartition(topic, p), timeout=10) for p in partitions}
    reader.assign([TopicPartition(topic, p, low) for p, (low, _) in ends.items()])
    missing, found = sum(high - low for low, high in ends.values()), []
    end = time.time() + 10
    while len(found) < missing and time.time() < end:
      for message in reader.consume(500, 0.1):
        if not message.error():
          headers = {name: value.decode() for name, value in message.headers() or [] if value}
          found.append((headers, json.loads(message.value() or b"null")))
    return found
  except confluent_kafka.KafkaException:
    return []
  finally:
    reader.close()


def send(topic, body, headers=None, partition=0):
  producer = confluent_kafka.Producer({"bootstrap.servers": f"127.0.0.1:{BROKER}"})
  producer.produce(topic, body, headers=headers or {}, partition=partition)
  producer.flush(10)


class Hook(http.server.BaseHTTPRequestHandler):
  """An address that the built-in executor calls."""
  asked = []

  def do_POST(self):
    body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
    self.asked.append((self.headers["Idempotency-Key"], self.headers["traceparent"], body))
    answer = json.dumps({"before": {"summary": None}, "after": {"summary": body["body"]["summary"]}}).encode()
    self.send_response(200)
    self.send_header("Content-Length", str(len(answer)))
    self.end_headers()
    self.wfile.write(answer)

  def log_message(self, *_):
    pass


def prepare():
  """The workflows as shipped, but for one whose actions the built-in executor performs."""
  shutil.rmtree(DIR, ignore_errors=True)
  shutil.copytree(ROOT / "deploy/workflows", DIR / "workflows")
  for name in ("policy.yaml", "action.schema.json"):
    file = DIR / "workflows/ticket-summary" / name
    file.write_text(file.read_text().replace("demo-executor", "webhook"))
  hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
  threading.Thread(target=hook.serve_forever, daemon=True).start()
  (DIR / "webhooks.yaml").write_text(
    f"ticket.summary.set:\n  url: http://127.0.0.1:{hook.server_port}/hook\n  state: http://127.0.0.1:{RECORD}{{target}}\n"
    "  repeatable: true\n  automatic: true\n  private: true\n")
  os.environ |= {"WORKFLOW_FOLDERS": str(DIR / "workflows"), "WEBHOOKS": str(DIR / "webhooks.yaml"), "TRACE": "1", "CLOCK_SCALE": "20",
                 "COUNTERSIGN_CLOCK_ORIGIN": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
  return stack("stack_make", str(DIR)) == 0


def founding():
  """Policy's first start takes what two people signed, and nothing else; nobody founds an installation twice."""
  def first_start():
    settings = DIR / "policy.conf"
    # What tests are told by the environment is no setting of a service.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    return subprocess.run([BIN / "countersign-policy", "--config", settings], capture_output=True, text=True, timeout=60, env=environment)
  file, genesis = DIR / "workflows/ticket-summary/policy.yaml", DIR / "genesis.json"
  signed = file.read_text()
  file.write_text(signed.replace("undo_seconds: 30", "undo_seconds: 0"))
  done = first_start()
  check("a file that was changed after it was signed is refused at the first start", done.returncode == 1
        and "ticket-summary: policy.yaml or a schema was changed after it was signed" in done.stderr
        and "Mia Kowalski and Ivo Marek" in done.stderr, done.stderr)
  file.write_text(signed)
  genesis.rename(DIR / "kept.json")
  done = first_start()
  check("and without a genesis there is no first start", done.returncode == 1 and "countersign init" in done.stderr, done.stderr)
  (DIR / "kept.json").rename(genesis)
  again = subprocess.run(
    [BIN / "countersign", "init", DIR / "workflows", "--people", ROOT / "deploy/people.yaml", "--by=P-mia", "--by=P-ivo",
     "--key", DIR / "keys/operator.key", "--out", genesis], capture_output=True, text=True)
  check("an installation is founded once", again.returncode != 0 and "It is founded once" in again.stderr, again.stderr)


def starts_without_its_neighbour():
  stack("stack_run", str(DIR), "broker")
  time.sleep(1)
  stack("stack_run", str(DIR), "record")
  record = wait(10, lambda: not is_away(f"http://127.0.0.1:{RECORD}/effects"))
  check("the system of record answers", record, (DIR / "logs/record.log").read_text())
  stack("stack_run", str(DIR), "policy")
  failure = wait(30, lambda: ((get("policy", "/readyz")[1] or {}).get("failure") or "") if get("policy", "/readyz")[0] == 503 else "")
  check("policy starts without the reviewer and says what it waits for", "public keys" in (failure or ""), failure)
  check("and is alive meanwhile", get("policy", "/healthz")[0] == 200)
  for name in ("intake", "model-adapter"):
    stack("stack_run", str(DIR), name)
    check(f"{name} is ready before policy is", stack("stack_wait", str(DIR), name, "60") == 0)
  for name in ("reviewer", "audit"):
    stack("stack_run", str(DIR), name)
  for name in PORTS:
    check(f"{name} is ready", stack("stack_wait", str(DIR), name, "60") == 0)


def governance(occasion):
  rows = lambda: [headers for headers, _ in read("governance", "test-governance")]
  names = sorted(path.name for path in (DIR / "workflows").iterdir() if (path / "policy.yaml").exists())
  # Beside the bundles: the genesis, a key of permits, what is stopped.
  found = wait(60, lambda: (all_rows := rows()) if len(rows()) >= len(names) + 3 else None) or rows()
  types = [row["ce_type"] for row in found]
  check(f"governance tells all bundles in force {occasion}", types.count("countersign.bundle.in_force.v1") == len(names), types)
  check(f"and what the installation began with {occasion}", types.count("countersign.genesis.v1") == 1, types)
  check(f"and the key of permits {occasion}", types.count("countersign.key.in_force.v1") == 1, types)


def samples():
  expected = json.loads((DIR / "workflows/ticket-summary/expectations.json").read_text())
  for file in sorted((DIR / "workflows/ticket-summary/samples").glob("*.json")):
    sample = json.loads(file.read_text())
    if expected[sample["id"]]["outcome"] == "executed":
      yield expected[sample["id"]]["route"], sample


def trace_of(case):
  files = [str(DIR / "logs" / f"trace-{name}.jsonl") for name in PORTS]
  done = subprocess.run([BIN / "countersign", "trace", case, *files, "--json"], capture_output=True, text=True)
  return json.loads(done.stdout) if done.returncode == 0 else None


def traces():
  """A case that people see goes through all five."""
  sample = next(sample for route, sample in samples() if route == "review")
  send("intake", json.dumps(sample), {"traceparent": f"00-{OUTSIDE}-00f067aa0ba902b7-01"})
  case = wait(30, lambda: next((h["ce_subject"] for h, b in read("cases", "test-trace") if b.get("item") == sample["id"]), None))
  check("an item with a trace of its own becomes a case", case)
  whole = lambda: (found := trace_of(case)) and len(found["services"]) == 5 and found
  found = wait(30, whole) or trace_of(case)
  check("its trace has spans of all five services", found and sorted(found["services"]) == sorted(PORTS), found)
  if not found:
    return
  check("the trace is the case", found["trace"] == case.replace("-", ""), found["trace"])
  ids = {span["id"] for span in found["spans"]}
  orphans = [span for span in found["spans"] if span["parent"] not in ids and span["name"] != "case"]
  check("each span but the case's has its parent there", not orphans, orphans)
  roots = [span for span in found["spans"] if span["parent"] is None]
  check("and there is one root", len(roots) == 1 and roots[0]["service"] == "intake", roots)
  check("no span ends before it begins", all(span["start"] <= span["end"] for span in found["spans"]))
  lines = (DIR / "logs/trace-intake.jsonl").read_text()
  check("the sender's own trace is linked to", f'"links":[{{"traceId":"{OUTSIDE}"' in lines)


def webhooks():
  autos = [sample for route, sample in samples() if route == "auto"]
  for sample in autos:
    send("intake", json.dumps(sample))
  # Some may be drawn for a person; those wait.
  executed = lambda: [h for h, b in read("outcomes", "test-webhooks") if b["outcome"] == "executed" and b["workflow"] == "ticket-summary"]
  wait(90, executed)
  time.sleep(3)
  ended, keys = executed(), [key for key, _, _ in Hook.asked]
  check("items of the automatic route end as executed by the built-in executor", len(ended) > 0, (len(autos), Hook.asked))
  check("each effect was asked for once, under its own key", len(set(keys)) == len(keys) and {h["cs_effect"] for h in ended} <= set(keys), keys)
  effects = [b for _, b in read("effects", "test-webhooks") if b["executor"] == "webhook"]
  check("its answers are an executor's", effects and all(e["status"] == "executed" and e["eff"] in keys for e in effects), effects)
  check("the address sees the case's trace", all(parent[3:35] == body["case"].replace("-", "") for _, parent, body in Hook.asked))
  check("no token goes out", "tok_" not in json.dumps(Hook.asked))
  check("no real value comes back behind the door",
        all("@" not in json.dumps(effect) for effect in effects), effects)


def foreign():
  send("reviews", b'{"task":"forged"}', {"ce_type": "countersign.task.opened.v1", "ce_subject": "x"}, partition=1)
  found = wait(30, lambda: [f for f in (get("audit", "/v1/security?kind=foreign")[1] or {}).get("findings", [])
                            if f["place"].startswith("reviews/1/")])
  check("a foreign record on a topic that only audit reads is a finding", found and len(found) == 1, found)


def new_run():
  stack("stack_kill", str(DIR), "broker", "TERM")
  time.sleep(2)
  stack("stack_run", str(DIR), "broker")
  governance("on a new run of the broker")


def changed_file():
  file = DIR / "workflows/ticket-summary/policy.yaml"
  bundles = lambda: {b["workflow"]: b["hash"] for b in (get("policy", "/v1/bundles")[1] or {}).get("bundles", [])}
  before = wait(10, bundles)
  file.write_text(file.read_text().replace("floor: 0.5", "floor: 0.1"))
  stack("stack_kill", str(DIR), "policy", "TERM")
  pid = int((DIR / "pids/policy").read_text())
  wait(20, lambda: not pathlib.Path(f"/proc/{pid}").exists())
  stack("stack_run", str(DIR), "policy")
  stack("stack_wait", str(DIR), "policy", "60")
  log = (DIR / "logs/policy.log").read_text()
  check("a file that is changed later is ignored with a warning", "ticket-summary/policy.yaml differs from the bundle in force" in log)
  check("and the bundle in force stays", before and bundles() == before)


def main():
  if not prepare():
    raise SystemExit("the installation could not be made")
  try:
    founding()
    starts_without_its_neighbour()
    governance("at the start")
    traces()
    webhooks()
    foreign()
    new_run()
    changed_file()
  finally:
    stack("stack_stop", str(DIR))
  print(f"{len(PASSED)} passed, {len(FAILED)} failed")
  return 1 if FAILED else 0


if __name__ == "__main__":
  sys.exit(main())
