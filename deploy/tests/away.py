"""Somebody is away and a delegate decides; a lead stops by the page and two people start again.

    away.py BIN DIR --brokers HOST:PORT --base PORT --record URL

DIR is the folder of a running installation.
"""
import argparse
import datetime
import http.cookiejar
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))

from own_key import own_key  # noqa: E402
from road import call  # noqa: E402
from stage import Stage  # noqa: E402


class Checks:
  def __init__(self):
    self.passed = self.failed = 0

  def check(self, what, holds, seen=""):
    if holds:
      self.passed += 1
    else:
      self.failed += 1
      print(f"FAILED {what}: {str(seen)[:600]}", flush=True)
    return holds


class Page:
  """The desk as a browser of the demo sees it: a person's cookie, and forms with its mark."""

  def __init__(self, url, person):
    self.url = url
    self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    self.send("/sign-in", {"person": person})

  def get(self, path):
    return self.send(path)

  def send(self, path, form=None):
    """(status, text) of the page where it ends."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
      with self.opener.open(self.url + path, data, timeout=20) as answer:
        return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
      return error.code, error.read().decode()

  def post(self, path, form):
    mark = re.search(r'name="token" value="([^"]+)"', self.get("/away")[1])
    return self.send(path, {"token": mark.group(1), **form})


def later(seconds):
  return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def access(stage, name):
  """A request for access that a line manager and a security reviewer have to approve."""
  requester = stage.record("/entitlements/P-noor")
  case = stage.send(stage.sample(
    "access-request", name, person="P-noor", person_name=requester["name"], requester="P-noor", role=requester["role"],
    department=requester["department"], manager=requester["manager"]))
  return case, stage.review(case)


def delegation(stage, checks):
  """P-hana is no line manager; the directory lets her take the place of one."""
  desk, token = stage.people.url, {name: found[0] for name, found in stage.people.people.items()}
  case, review = access(stage, "ar-payments-release")
  checks.check("it asks a line manager and a security reviewer", review.get("route") == "sme", review.get("quorum"))
  status, answer = stage.decide(case, "P-hana", "approve")
  checks.check("who is none of them may not decide", status == 403, f"{status} {answer}")
  status, answer = call("POST", f"{desk}/v1/absences", token["P-hana"], {"person": "P-omar", "until": later(600), "to": "P-hana"})
  checks.check("nor say for somebody else that they are away", status == 403 and answer["code"] == "away.forbidden", f"{status} {answer}")
  status, absence = call("POST", f"{desk}/v1/absences", token["P-omar"], {"until": later(600), "to": "P-hana"})
  checks.check("a line manager says that he is away", status == 201 and absence["state"] == "now", f"{status} {absence}")
  me = stage.until(lambda: (found := call("GET", f"{desk}/v1/me", token["P-hana"])[1]) and "line-managers" in found["groups"] and found, 10)
  checks.check("his delegate has the place", me and me["stands_in_for"][0]["person"] == "P-omar", me)
  tasks = call("GET", f"{desk}/v1/tasks", token["P-omar"])[1]["tasks"]
  checks.check("nothing is offered to him", tasks == [], tasks)
  status, answer = call("POST", f"{desk}/v1/absences", token["P-hana"], {"until": later(60), "to": "P-omar"})
  checks.check("whoever is away stands in for nobody", (status, answer.get("code")) == (422, "person.away"), f"{status} {answer}")

  def counted():
    stage.decide(case, "P-hana", "approve")
    return stage.decisions(case, "counted")
  # Policy hears of it by a topic, and looks twice a second.
  decided = stage.until(counted, 20)
  checks.check("policy counts the delegate's approval as hers", decided and decided[0]["person"].endswith(" P-hana"), stage.road.cases[case]["decisions"])
  status, answer = stage.decide(case, "P-omar", "approve")
  checks.check("he cannot be the second one beside her", status in (403, 409), f"{status} {answer}")
  stage.decide(case, "P-ines", "approve")
  checks.check("with a security reviewer's it is executed", stage.outcome(case) == "executed", stage.road.cases[case].get("outcome"))
  events = [event for event in stage.road.cases[case]["tasks"] if event["kind"] == "countersign.task.decided.v1"]
  checks.check("the record says for whom she stood in", any(event.get("for") == ["P-omar"] for event in events), events)
  status, answer = call("DELETE", f"{desk}/v1/absences/P-omar/{absence['absence']}", token["P-omar"])
  checks.check("he is back", status == 200 and answer["state"] == "over", f"{status} {answer}")
  another, _ = access(stage, "ar-payments-release")
  status, answer = stage.decide(another, "P-hana", "approve")
  checks.check("and she has the place no more", status == 403, f"{status} {answer}")


def switch(stage, checks):
  policy, tokens = f"{stage.local}{stage.options.base + 2}", {name: found[0] for name, found in stage.people.people.items()}
  agent, officer, lead = (Page(stage.people.url, name) for name in ("P-ada", "P-ivo", "P-tara"))
  checks.check("an agent reads the stop switch", agent.get("/stops")[0] == 200, agent.get("/stops"))
  checks.check("and cannot stop", agent.post("/stops", {"workflow": "reply-draft", "reason": "x"})[0] == 403)
  status, text = officer.post("/stops", {"workflow": "reply-draft", "reason": "replies name the wrong order"})
  stops = call("GET", f"{policy}/v1/stops")[1]["stops"]
  checks.check("the duty officer stops by the page", status == 200 and [(stop["workflow"], stop["by"]) for stop in stops] == [("reply-draft", "P-ivo")], f"{status} {stops}")
  checks.check("the page says who and why", "replies name the wrong order" in text and "Ivo Marek" in text, text)
  keys = {name: own_key(stage.people.url, tokens[name]) for name in ("P-ivo", "P-tara")}
  status, text = officer.post("/starts", {"workflow": "reply-draft", "own_token": tokens["P-ivo"]})
  checks.check("nobody's token starts anything at the desk", status == 422 and call("GET", f"{policy}/v1/stops")[1]["stops"], f"{status} {text}")
  status, text = officer.post("/starts", keys["P-ivo"].start(stops[0] | {"at": stops[0]["at"] - 1}))
  checks.check("nor does a word for another stop", status == 409, f"{status} {text}")
  status, text = officer.post("/starts", keys["P-ivo"].start(stops[0]))
  checks.check("the first one's word waits for another", status == 200 and "wants to start it again" in text, f"{status} {text}")
  status, text = officer.post("/starts", keys["P-ivo"].start(stops[0]))
  checks.check("the same person twice is one", status == 403, f"{status} {text}")
  checks.check("the second one sees the first one's wish", "Ivo Marek</b> wants to start it again" in lead.get("/stops")[1])
  status, text = lead.post("/starts", keys["P-ivo"].start(stops[0]))
  checks.check("the first one's word, sent again by the second, is no second word", status == 403, f"{status} {text}")
  status, text = lead.post("/starts", keys["P-tara"].start(stops[0]))
  checks.check("and starts it", status == 200 and call("GET", f"{policy}/v1/stops")[1]["stops"] == [], f"{status} {text}")
  checks.check("exceptions have a page", "Exceptions</h1>" in agent.get("/exceptions")[1])


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("dir", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--record", required=True)
  stage, checks = Stage(parser.parse_args()), Checks()
  for part in (delegation, switch):
    try:
      part(stage, checks)
    except Exception as error:  # the other part is tried all the same
      checks.check(f"{part.__name__} is played to its end", False, f"{type(error).__name__}: {error}")
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
