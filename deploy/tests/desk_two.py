"""People at two instances of one desk, of which one is killed: nobody loses more than a connection.

    desk_two.py FOLDER --brokers B --port-base N
"""
import argparse
import http.client
import json
import os
import pathlib
import signal
import sys
import threading
import time
import urllib.parse
import uuid

from load import FAILURES, ROOT, Checks, Road, Stack, call

SAMPLE = ROOT / "deploy/workflows/reply-draft/samples/rd-0001.json"
PLACES = ("reviewer", "reviewer-2")


class Listener:
  """Somebody's page that listens at one instance, as browsers do; `heard` are the events with their time."""

  def __init__(self, url, token, case):
    self.heard, self.is_lost = [], False
    parts = urllib.parse.urlsplit(url)
    self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    self.connection.request("GET", f"/v1/live?task={case}", headers={"Authorization": f"Bearer {token}"})
    self.answer = self.connection.getresponse()
    threading.Thread(target=self.listen, daemon=True).start()

  def listen(self):
    kind = ""
    try:
      for line in self.answer:
        text = line.decode().strip()
        if text.startswith("event: "):
          kind = text[7:]
        elif text.startswith("data: "):
          self.heard.append((time.time(), kind, json.loads(text[6:])))
    except (OSError, ValueError, http.client.HTTPException):
      pass
    self.is_lost = True

  def hears(self, condition, seconds=5):
    """Whether an event of this kind comes in time."""
    end = time.time() + seconds
    while not (found := any(condition(kind, body) for _, kind, body in self.heard)) and time.time() < end:
      time.sleep(0.05)
    return found


class Desk:
  def __init__(self, options):
    self.options, self.keys = options, options.folder / "keys"
    self.stack, self.road, self.sent = Stack(options.folder, options.port_base), Road(options.brokers), 0

  def token(self, person):
    return (self.keys / "people" / person).read_text().strip()

  def api(self, place, person, method, path, body=None, key=None):
    return call(method, f"{self.stack.url(place)}{path}", self.token(person), body, {"Idempotency-Key": key} if key else {})

  def soon(self, place, person, method, path, body=None, key=None, seconds=15):
    """(status, answer, seconds) as soon as this instance gives an answer that is one: what a client does that tries again."""
    began = time.time()
    while True:
      try:
        status, answer = self.api(place, person, method, path, body, key)
        if status != 503:
          return status, answer, time.time() - began
      except FAILURES as error:
        status, answer = 0, str(error)
      if time.time() - began > seconds:
        return status, answer, time.time() - began
      time.sleep(0.1)

  def case(self):
    self.sent += 1
    item = json.loads(SAMPLE.read_text()) | {"id": f"desk-two-{self.sent}"}
    status, answer = call("POST", f"{self.stack.url('intake')}/v1/items", (self.keys / "tokens" / item["source"]).read_text().strip(), item)
    case = answer["case"]
    for place in PLACES:
      if self.wait(30, lambda: self.api(place, "P-ada", "GET", f"/v1/tasks/{case}")[0] == 200) is None:
        raise SystemExit(f"{place} does not know {case}: intake answered {status}")
    return case

  def wait(self, seconds, condition):
    """After how many seconds it held; None where it did not."""
    began = time.time()
    while time.time() - began < seconds:
      self.road.read(0.05)
      if condition():
        return time.time() - began
    return None

  def kill(self, place):
    os.kill(self.stack.pid(place), signal.SIGKILL)

  def back(self, place):
    self.stack.run(place)
    return self.stack.until(lambda: self.stack.state(place).get("ready") is True, 20)


def cookie(desk, place, person):
  """A browser's session by the demo's cards, made at one instance."""
  parts = urllib.parse.urlsplit(desk.stack.url(place))
  connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
  connection.request("POST", "/sign-in", f"person={person}", {"Content-Type": "application/x-www-form-urlencoded"})
  return "; ".join(line.split(";")[0] for line in connection.getresponse().headers.get_all("Set-Cookie") or [])


def page(desk, place, session, path):
  parts = urllib.parse.urlsplit(desk.stack.url(place))
  connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
  connection.request("GET", path, headers={"Cookie": session})
  answer = connection.getresponse()
  return answer.status, answer.read().decode()


def turn(desk, checks, dying, living):
  """Ada works at the instance that dies, Lena at the other one."""
  say = lambda words: f"{dying} killed: {words}"  # noqa: E731
  case = desk.case()
  path = f"/v1/tasks/{case}"
  ada, lena = Listener(desk.stack.url(dying), desk.token("P-ada"), case), Listener(desk.stack.url(living), desk.token("P-lena"), case)
  session = cookie(desk, dying, "P-ada")
  time.sleep(0.5)
  status, claim = desk.api(dying, "P-ada", "POST", f"{path}/claim", {})
  checks.check(say("claimed at one instance"), status == 200, claim)
  checks.check(say("who listens at the other one hears of it"), lena.hears(lambda kind, body: kind == "task" and body.get("holder") == "P-ada"), lena.heard)
  status, answer = desk.api(living, "P-lena", "POST", f"{path}/claim", {})
  checks.check(say("and cannot claim it there"), (status, answer.get("code")) == (409, "task.claimed"), answer)
  words = f"Typed before {dying} died"
  desk.api(dying, "P-ada", "PUT", f"{path}/draft", {"version": 1, "values": {"verb": "reject", "words": words}})
  desk.api(dying, "P-ada", "POST", f"{path}/comments", {"words": f"Said before {dying} died"}, str(uuid.uuid4()))
  task = desk.api(dying, "P-ada", "GET", path)[1]
  decision = {"version": task["version"], "view": task["view"], "fence": claim["fence"], "verb": "approve", "code": "", "words": ""}
  key = str(uuid.uuid4())

  # The decision is on its way when the instance dies: whether it arrived nobody knows.
  def sends():
    try:
      desk.api(dying, "P-ada", "POST", f"{path}/decision", decision, key)
    except FAILURES:
      pass
  sender = threading.Thread(target=sends)
  sender.start()
  time.sleep(0.003)
  desk.kill(dying)
  killed = time.time()
  sender.join()
  status, draft, seconds = desk.soon(living, "P-ada", "GET", f"{path}/draft")
  checks.check(say("the draft is at the other one within 3 s"), status == 200 and draft["values"]["words"] == words and seconds <= 3, (status, draft, round(seconds, 1)))
  status, shown = page(desk, living, session, "/")
  checks.check(say("the session counts there"), status == 200 and "Ada Moreau" in shown, status)
  again = Listener(desk.stack.url(living), desk.token("P-ada"), case)
  status, _, seconds = desk.soon(living, "P-lena", "POST", f"{path}/comments", {"words": f"Said after {dying} died"}, str(uuid.uuid4()))
  checks.check(say("commands are taken there once its lanes have gone over, under 8 s"), status < 300 and time.time() - killed < 8, (status, round(time.time() - killed, 1)))
  status, answer, _ = desk.soon(living, "P-ada", "POST", f"{path}/decision", decision, key)
  checks.check(say("the decision, sent again under its key, is taken"), status == 202, answer)
  checks.check(say("whoever has connected anew hears of it"), again.hears(lambda kind, body: kind == "task" and body.get("state") in ("waiting", "ended")), again.heard)
  checks.check(say("the one that listened at the other one has lost nothing"), not lena.is_lost and lena.hears(lambda kind, body: body.get("state") in ("waiting", "ended")), lena.heard)
  checks.check(say("only the connection to the dead one was lost"), ada.is_lost and not again.is_lost)
  story = desk.api(living, "P-lena", "GET", f"/v1/cases/{case}/story")[1]["hops"]
  said = [hop["body"].get("text") for hop in story if "comment" in hop["what"]]
  checks.check(say("no comment is lost, none is there twice"), said == [f"Said before {dying} died", f"Said after {dying} died"], said)
  checks.check(say("it comes back"), desk.back(dying) is not None)
  desk.wait(60, lambda: desk.road.cases[case].get("outcome"))
  entry = desk.road.cases[case]
  made = [event for event in entry["tasks"] if event["kind"].endswith("task.decided.v1")]
  checks.check(say("one decision, one permit, executed"), len(made) == 1 and len(entry["permits"]) == 1 and (entry.get("outcome") or {}).get("outcome") == "executed",
               (len(made), len(entry["permits"]), entry.get("outcome")))
  spread = desk.stack.until(lambda: sorted(len(desk.stack.lanes(place)) for place in PLACES) == [2, 2], 20)
  checks.check(say("and takes its lanes"), spread is not None, [desk.stack.lanes(place) for place in PLACES])


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--port-base", type=int, required=True)
  options = parser.parse_args()
  desk, checks = Desk(options), Checks()
  for dying, living in (PLACES, PLACES[::-1], PLACES, PLACES[::-1]):
    turn(desk, checks, dying, living)
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())
