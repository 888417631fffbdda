"""The desk with very many open tasks: how long the next task, a page of a queue and its health take, and what live clients cost.

    desk.py RUN --workflows FOLDER --brokers HOST:PORT --base PORT --tasks N --out FILE

RUN is the folder of a running installation without any task.
"""
import argparse
import http.client
import itertools
import json
import pathlib
import re
import resource
import socket
import statistics
import sys
import time

import confluent_kafka

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from road import call  # noqa: E402

WINDOW, ASKED, CLIENTS, MINUTE = 4000, 100, 500, 60
TICK = 100  # of /proc, in a second


def samples(folder):
  """Items of all workflows that people look at."""
  for workflow in sorted(folder.iterdir()):
    expected = json.loads((workflow / "expectations.json").read_text())
    for path in sorted((workflow / "samples").glob("*.json")):
      item = json.loads(path.read_text())
      if expected.get(item.get("id"), {}).get("route") in ("review", "sme") and expected[item["id"]]["outcome"] == "executed":
        yield item


class Desk:
  def __init__(self, options):
    self.options, self.url = options, f"127.0.0.1:{options.base + 4}"
    self.pid = int((options.run / "pids/reviewer").read_text())

  def token(self, person):
    return (self.options.run / "keys/people" / person).read_text().strip()

  def open(self):
    """The duty officer is asked for everything."""
    queues = call("GET", f"http://{self.url}/v1/queues", self.token("P-ivo"))[1]["queues"]
    return sum(queue["open"] for queue in queues)

  def memory(self):
    text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

  def processor(self):
    fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK

  def fill(self):
    """Sends clones until so many tasks are open. - Returns: seconds."""
    producer = confluent_kafka.Producer({"bootstrap.servers": self.options.brokers, "acks": "all", "linger.ms": 5, "log_level": 0})
    clones, sent, began, said = itertools.cycle(list(samples(self.options.workflows))), 0, time.monotonic(), 0
    last, since = 0, time.monotonic()
    while (open := self.open()) < self.options.tasks:
      if open > last:
        last, since = open, time.monotonic()
      if time.monotonic() - since > 120:
        raise SystemExit(f"{open} tasks are open and no more come; {sent} items were sent")
      for _ in range(min(WINDOW - (sent - open), self.options.tasks + 200 - sent)):
        item = next(clones)
        data = item["data"] | ({"subject": f"{item['data']['subject']} ({sent})"} if "subject" in item["data"] else {})
        producer.produce("intake", json.dumps(item | {"id": f"{item['id']}-{sent}", "data": data}), f"{item['id']}-{sent}")
        producer.poll(0)
        sent += 1
      producer.flush(30)
      if time.monotonic() - said > 20:
        said = time.monotonic()
        print(f"{open} open, {open / (said - began):.0f} a second, reviewer {self.memory():.0f} MB", flush=True)
      time.sleep(0.5)
    return time.monotonic() - began

  def times(self, person, path, cookie=None):
    """Milliseconds of so many requests on one connection, and the bytes of the last answer."""
    connection, found = http.client.HTTPConnection(self.url, timeout=30), []
    headers = {"Cookie": cookie} if cookie else {"Authorization": f"Bearer {self.token(person)}"}
    for _ in range(ASKED):
      began = time.perf_counter()
      connection.request("GET", path, headers=headers)
      answer = connection.getresponse()
      content = answer.read()
      found.append((time.perf_counter() - began) * 1000)
      if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {content[:200]}")
    connection.close()
    return sorted(found), len(content)

  def session(self, person):
    """The demo's cards, as a browser uses them: the page, then the form."""
    connection = http.client.HTTPConnection(self.url, timeout=30)
    connection.request("GET", "/")
    page = connection.getresponse()
    text, jar = page.read().decode(), page.headers.get_all("Set-Cookie") or []
    token = re.search(r'name="token" value="([^"]*)"', text)
    cookie = "; ".join(line.split(";")[0] for line in jar)
    form = f"person={person}" + (f"&token={token.group(1)}" if token else "")
    connection.request("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded", **({"Cookie": cookie} if cookie else {})})
    answer = connection.getresponse()
    answer.read()
    return "; ".join(line.split(";")[0] for line in jar + (answer.headers.get_all("Set-Cookie") or []))

  def live(self):
    """So many clients listen for an idle minute. - Returns: what that came to."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    alone = self.memory()
    clients = []
    for _ in range(CLIENTS):
      client = socket.create_connection(("127.0.0.1", self.options.base + 4))
      client.sendall(f"GET /v1/live HTTP/1.1\r\nHost: {self.url}\r\nAuthorization: Bearer {self.token('P-ivo')}\r\n\r\n".encode())
      clients.append(client)
    time.sleep(5)
    for client in clients:
      client.setblocking(False)
    heard_of(clients)
    before, spent = self.memory(), self.processor()
    time.sleep(MINUTE)
    after, spent = self.memory(), self.processor() - spent
    heard = heard_of(clients)
    for client in clients:
      client.close()
    changes = sum(text.count(b"event:") for text in heard)
    return {"alone": alone, "before": before, "after": after, "processor": spent / MINUTE * 100, "changes": changes,
            "kept": sum(b":\n\n" in text for text in heard)}


def heard_of(clients):
  """What each has been sent since it was asked last."""
  heard = []
  for client in clients:
    try:
      heard.append(client.recv(1 << 20))
    except BlockingIOError:
      heard.append(b"")
  return heard


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--workflows", type=pathlib.Path, required=True)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--tasks", type=int, required=True)
  parser.add_argument("--out", type=pathlib.Path, required=True)
  options = parser.parse_args()
  desk = Desk(options)
  empty = desk.memory()
  seconds = desk.fill()
  time.sleep(5)
  lines = [f"{desk.open():,} open tasks after {seconds:.0f} s; reviewer {empty:.0f} MB empty, {desk.memory():.0f} MB now", "",
           f"{'asked by':9} {'what':34} {'median':>9} {'p99':>9} {'KiB':>6}"]
  people = {"P-ada": "one queue", "P-lena": "two", "P-ivo": "all"}
  for person, reach in people.items():
    cookie = desk.session(person)
    for what, path, needs in (
        ("next task (API)", "/v1/tasks?state=free&limit=1", None), ("50 tasks (API)", "/v1/tasks?limit=50", None), ("counts of my groups (API)", "/v1/queues", None),
        ("health of my queues (API)", "/v1/queues/health", None), ("page of the list", "/", cookie), ("page of health", "/queues", cookie)):
      found, size = desk.times(person, path, needs)
      lines.append(f"{reach:9} {what:34} {statistics.median(found):6.1f} ms {found[-2]:6.1f} ms {size / 1024:6.1f}")
      print(lines[-1], flush=True)
  live = desk.live()
  lines += ["", f"{CLIENTS} live clients in an idle minute: {live['changes']} changes told, {live['kept']} kept alive by comments, no request; reviewer "
            f"{live['processor']:.1f}% of a core; {live['alone']:.0f} MB without them, {live['before']:.0f} MB at the beginning, {live['after']:.0f} MB at the end"]
  options.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
  main()
