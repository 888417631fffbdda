"""What people decide of a bench's cases, and how long audit's questions take then.

    questions.py decide RUN --brokers HOST:PORT --base PORT --cases N   replies to customers, each decided by a person
    questions.py ask RUN --base PORT --csv FILE --cases N               each question with parameters drawn at random
    questions.py stored RUN --base PORT --csv FILE --cases N            what audit keeps on disk by then
    questions.py show RUN --csv FILE                                    the table of all that was asked

RUN is the folder of a running installation. Parameters are drawn from what audit's database holds, which is only read.
"""
import argparse
import contextlib
import csv
import datetime
import http.client
import itertools
import json
import pathlib
import random
import sqlite3
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from people import Desk, People  # noqa: E402
from road import Road, call  # noqa: E402

DRAWN = 200
SAMPLE = pathlib.Path(__file__).resolve().parents[1] / "workflows" / "reply-draft" / "samples" / "rd-0001.json"
FILTERS = ("risk = {risk}", "outcome = {outcome} and confidence >= {share}", "workflow = reply-draft and person != nobody",
           "(risk = high or latency > {seconds}) and workflow = {workflow}", "not route = auto and latency <= {seconds}")


def decide(options):
  """Sends so many items that people look at, and decides each as the documented API allows."""
  road = Road(options.brokers)
  desk = Desk(People(f"http://127.0.0.1:{options.base + 4}", options.run / "keys" / "people.tokens"), road)
  sample = json.loads(SAMPLE.read_text())
  token = (options.run / "keys" / "tokens" / sample["source"]).read_text().strip()
  cases = []
  for number in range(options.cases):
    item = sample | {"id": f"asked-{time.time_ns()}-{number}"}
    status, answer = call("POST", f"http://127.0.0.1:{options.base + 1}/v1/items", token, item)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    cases.append(answer["case"])
  end, verbs = time.monotonic() + 60 + options.cases / 2, itertools.cycle(({"verb": "approve"}, {"verb": "reject", "code": "wrong_answer", "words": "It names another order."}))
  script = {case: next(verbs) for case in cases}
  open_cases = set(cases)
  while open_cases and time.monotonic() < end:
    road.read(0.02)
    for case in list(open_cases):
      desk.look(case, script[case])
      if any(decision["result"] == "complete" for decision in road.cases[case]["decisions"]):
        open_cases.discard(case)
  if open_cases:
    case = next(iter(open_cases))
    raise SystemExit(f"{len(open_cases)} cases were not decided; {case}: {desk.problems.get(case)}")


class Drawing:
  """Parameters that a question may have in this database."""

  def __init__(self, path):
    self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    self.random = random.Random(1)
    self.first, self.last = self.database.execute("SELECT min(case_id), max(case_id) FROM cases").fetchone()
    # What people saw is found by the person; few of them, so that all can be read.
    self.people = [row[0] for row in self.database.execute("SELECT DISTINCT person FROM touched")] or ["nobody"]
    self.bundles = [row[0].split("=", 1)[1] for row in self.database.execute(
      "SELECT DISTINCT label FROM labels WHERE label >= 'effect=' AND label < 'effect>'")] or ["none"]

  def case(self):
    """Ids begin with the time: any of it is drawn, and the next case taken."""
    low, high = (int(name.replace("-", "")[:12], 16) for name in (self.first, self.last))
    digits = f"{self.random.randint(low, high):012x}"
    found = self.database.execute("SELECT case_id FROM cases WHERE case_id >= ? ORDER BY case_id LIMIT 1", (f"{digits[:8]}-{digits[8:]}",)).fetchone()
    return found[0] if found else self.last

  def time(self, case):
    milliseconds = int(case.replace("-", "")[:12], 16) + self.random.randint(0, 5000)
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

  def days(self):
    to = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=self.random.randint(0, 3))
    return {"from": str(to - datetime.timedelta(days=self.random.randint(0, 90))), "to": str(to)}

  def where(self):
    return self.random.choice(FILTERS).format(
      risk=self.random.choice(("low", "medium", "high")), outcome=self.random.choice(("advisory", "executed", "rejected")),
      share=f"{self.random.uniform(0.5, 1):.3f}", seconds=self.random.randint(1, 7200), workflow=self.random.choice(("bench", "reply-draft")))

  def parameters(self, question):
    case = self.case()
    return {
      "model": lambda: {"case": case}, "approvers": lambda: {"case": case}, "state": lambda: {"case": case, "at": self.time(case)},
      "overridden": self.days, "slowest-tier": self.days, "delays": self.days, "touched": lambda: {"person": self.random.choice(self.people)},
      "seen": lambda: {"person": self.random.choice(self.people), "at": self.time(case)},
      "effects": lambda: {"bundle": self.random.choice(self.bundles)}, "cases": lambda: {"where": self.where()},
    }[question]()


def ask(options):
  host, token = f"127.0.0.1:{options.base + 5}", (options.run / "keys" / "admin.token").read_text().strip()
  names = [question["name"] for question in call("GET", f"http://{host}/v1/questions", token)[1]["questions"]]
  with contextlib.closing(http.client.HTTPConnection(host, timeout=60)) as connection, options.csv.open("a", newline="") as file:
    lines = csv.writer(file)
    drawing = Drawing(options.run / "data" / "audit.sqlite")
    for name in names:
      drawn = [drawing.parameters(name) for _ in range(DRAWN)]
      for state in ("cold", "warm"):
        took, rows = [], 0
        for parameters in drawn:
          began = time.perf_counter()
          connection.request("GET", f"/v1/questions/{name}?{urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)}", headers={"Authorization": f"Bearer {token}"})
          answer = connection.getresponse()
          content = answer.read()
          took.append((time.perf_counter() - began) * 1000)
          if answer.status != 200:
            raise SystemExit(f"{name} {parameters}: {answer.status} {content[:300].decode()}")
          rows += len(json.loads(content)["answer"])
        took.sort()
        lines.writerow([options.cases, name, state, f"{took[len(took) // 2]:.1f}", f"{took[len(took) * 95 // 100]:.1f}", f"{took[-1]:.1f}",
                        f"{rows / DRAWN:.1f}"])


def stored(options):
  """A line with what the ledger's folder and the database take, and of how many records."""
  records = call("GET", f"http://127.0.0.1:{options.base + 5}/v1/ledger", None)[1]["size"]
  data = options.run / "data"
  def size(files):
    # What the disk has given away for them, and not how long they are.
    return sum(file.stat().st_blocks * 512 for file in files if file.is_file())
  with disk_csv(options).open("a", newline="") as file:
    csv.writer(file).writerow([options.cases, records, size((data / "ledger").rglob("*")), size(data.glob("audit.sqlite*"))])


def disk_csv(options):
  return options.csv.with_name(options.csv.stem + "-disk.csv")


def show(options):
  with options.csv.open(newline="") as file:
    rows = list(csv.reader(file))
  sizes = sorted({int(row[0]) for row in rows})
  print(f"milliseconds, median / 95% / slowest of {DRAWN} drawn at random\n" + f"{'':22}" + "".join(f"{size:>26,} cases" for size in sizes))
  for name in dict.fromkeys(row[1] for row in rows):
    for state in ("cold", "warm"):
      found = {int(row[0]): row for row in rows if row[1] == name and row[2] == state}
      print(f"{name:16}{state:6}" + "".join(f"{' / '.join(found[size][3:6]):>32}" for size in sizes))
  print(f"slowest 95%: {max(float(row[4]) for row in rows):.1f} ms")
  if len(sizes) > 1:
    worst = {size: max(float(row[4]) for row in rows if int(row[0]) == size) for size in sizes}
    print(f"from {sizes[0]:,} to {sizes[-1]:,} cases, {sizes[-1] / sizes[0]:.0f} times as many: slowest 95% {worst[sizes[0]]:.1f} to {worst[sizes[-1]]:.1f} ms, "
          f"{worst[sizes[-1]] / max(worst[sizes[0]], 0.1):.1f} times as long")
  if disk_csv(options).exists():
    with disk_csv(options).open(newline="") as file:
      for cases, records, ledger, index in (map(int, row) for row in csv.reader(file)):
        print(f"on disk at {cases:,} cases, {records:,} records: {(ledger + index) / records:,.0f} bytes a record (ledger {ledger / records:,.0f}, "
              f"index {index / records:,.0f}), {(ledger + index) / cases:,.0f} a case")


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("act", choices=("decide", "ask", "stored", "show"))
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers")
  parser.add_argument("--base", type=int)
  parser.add_argument("--csv", type=pathlib.Path)
  parser.add_argument("--cases", type=int, default=0)
  options = parser.parse_args()
  {"decide": decide, "ask": ask, "stored": stored, "show": show}[options.act](options)


if __name__ == "__main__":
  main()
