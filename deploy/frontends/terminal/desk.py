"""One person at work: what the keys do. What counts is the server's; nothing is kept here but what is on the screen."""
import json
import time
import uuid

from api import Away
from own_key import OwnKey
from view import case_lines, clean, list_lines, row_order

HELP = ("j k  up, down    Enter  open    n  next    b  to the list    c  claim, or give back    v  open a source    a  approve    e  edit\n"
        "r  reject    x  escalate    m  comment    i  ask whoever asked    s  leave to others    z  take back    p  what is stopped    Space  more    q  quit")
VERBS = {"r": "reject", "x": "escalate", "e": "edit"}


class Desk:
  """One person at work. `case` is the task on the screen, None for the list; `task` as it was answered last."""

  def __init__(self, terminal, api, topics, queue):
    self.terminal, self.api, self.topics, self.queue = terminal, api, topics, queue
    self.case = self.task = self.tag = self.fence = self.last = self.key = None
    self.place, self.top, self.said = 0, 0, ""
    self.me = None
    status, me, _ = self.sure("GET", "/v1/me")
    if status != 200:
      raise Away(f"who are you? {clean(me.get('detail', status))}")
    self.me, self.codes = me, self.sure("GET", "/v1/codes")[1]["codes"]

  # Asking.

  def sure(self, method, path, body=None, key=None, tag=None):
    """(status, answer, ETag), however often it must be sent: the same key makes it the same command. Esc gives up."""
    key, tries = key or str(uuid.uuid4()), 0
    while True:
      try:
        answer = self.api.call(method, path, body, key, tag)
        if answer[0] != 503:
          return answer
        why = answer[1].get("detail", "")
      except Away as error:
        why = str(error)
      tries += 1
      self.said = f"No answer ({clean(why)}); nothing is lost, try {tries + 1} follows. Esc gives up."
      self.draw()
      if self.terminal.key(min(5, 0.25 * tries)) == "esc":
        raise Away("given up")

  def act(self, command, body=None):
    """A command on the task of the screen; says what was refused."""
    status, answer, _ = self.sure("POST", f"/v1/tasks/{self.case}/{command}", body or {})
    if status >= 400:
      self.said = f"{answer.get('code', status)}: {clean(answer.get('detail', ''))}"
      self.look()
    return answer if status < 400 else None

  def look(self, again=False):
    """Reads the task of the screen. `again`: once, for who has asked for nothing, and only what has changed since is sent."""
    path = f"/v1/tasks/{self.case}"
    status, answer, tag = self.api.call("GET", path, tag=self.tag) if again else self.sure("GET", path)
    if status == 304:
      return
    if status != 200:
      self.said = clean(answer.get("detail", str(status)))
      self.case = self.task = self.tag = None
      return
    if again and self.task and answer["version"] != self.task["version"]:
      self.said = f"It has changed: {', '.join(answer.get('changed', []))}. What you typed is kept."
    self.task, self.tag = answer, tag
    claim = answer.get("claim") or {}
    self.fence = answer["fence"] if claim.get("person") == self.me["id"] else self.fence

  # The screens.

  def rows(self):
    mine = set(self.me["groups"])
    rows = [row for row in self.topics.rows().values()
            if row["state"] != "waiting" and mine & set(row["groups"]) and self.queue in (None, row["queue"])]
    return sorted(rows, key=row_order)

  def draw(self):
    if self.task:
      lines = case_lines(self.task, self.me["id"], self.api.now(), self.terminal.width())
    elif self.case or not self.me:
      lines = ["…"]
    else:
      lines = list_lines(self.rows(), self.place, self.me, self.api.now())
    self.top = max(0, min(self.top, len(lines) - 3))
    self.terminal.draw(lines[self.top:], self.said, self.top)

  def open(self, case):
    self.case, self.task, self.tag, self.fence, self.top = case, None, None, None, 0
    self.look()
    if self.task and (words := self.draft().get("words")):
      self.said = f"Your draft: {clean(words)[:60]}"

  def next(self):
    """The server says what is next: free, the next deadline first."""
    query = f"&queue={self.queue}" if self.queue else ""
    rows = self.sure("GET", f"/v1/tasks?state=free&limit=2{query}")[1]["tasks"]
    following = [row["case"] for row in rows if row["case"] != self.case]
    if following:
      self.open(following[0])
    else:
      self.case = self.task = None
      self.said += " Nothing else waits for you."

  # What is typed.

  def draft(self):
    status, answer, _ = self.sure("GET", f"/v1/tasks/{self.case}/draft")
    return answer["values"] if status == 200 else {}

  def keep(self, **values):
    self.sure("PUT", f"/v1/tasks/{self.case}/draft", {"version": self.task["version"], "values": values})

  def reason(self, verb):
    """A reason of the closed list by one key; None where there was none."""
    fitting = [code for code in self.codes if verb in code["verbs"]]
    names = "123456789abcdefgh"
    self.terminal.menu([f"{names[at]}  {code['title']}" for at, code in enumerate(fitting)])
    at = names.find(self.terminal.key(None) or " ")
    return fitting[at]["code"] if 0 <= at < len(fitting) else None

  def words(self, title, **more):
    """A line in words, kept at the server as it stands; None where Esc was pressed, and kept then, too."""
    before = self.draft().get("words", "")
    text, is_done = self.terminal.line(title, before)
    if more.get("verb") and text != before:
      self.keep(words=text, **more)
    return text if is_done else None

  def edited(self):
    """The action as the editor leaves it; None where nothing changed or it is no JSON."""
    action = self.task["file"].get("action") or {"type": "", "target": "", "method": "", "path": "", "body": {}}
    try:
      edited = json.loads(self.terminal.edit(json.dumps(action, indent=2, ensure_ascii=False)))
    except ValueError as error:
      self.said = f"That is no JSON: {error}"
      return None
    if edited == action:
      self.said = "Nothing was changed."
    return None if edited == action else edited

  # Deciding.

  def decide(self, verb):
    body = {"version": self.task["version"], "view": self.task["view"], "verb": verb, "code": "", "words": ""}
    if self.fence is not None:
      body["fence"] = self.fence
    if verb == "approve":
      self.said = "Approve what stands here? Enter does it, any other key does not."
      self.draw()
      if self.terminal.key(None) != "enter":
        self.said = "Not approved."
        return
    elif verb == "edit":
      if (action := self.edited()) is None:
        return
      body["action"] = action
    if verb != "approve":
      if (code := self.reason(verb)) is None:
        return
      words = self.words(f"{verb}, in words" + ("" if self.task["risk"] in ("high", "critical") or code == "other" else " (if you like)"), verb=verb, code=code)
      if words is None:
        return
      body |= {"code": code, "words": words}
    if self.task["file"].get("must_sign"):
      try:
        body |= self.own().decision(self.case, self.task, body)
      except OSError as error:
        self.said = f"It must be signed, and policy does not register your key: {clean(error)}"
        return
    # One key for this decision, whatever happens on the way.
    status, answer, _ = self.sure("POST", f"/v1/tasks/{self.case}/decision", body, str(uuid.uuid4()))
    if status == 202:
      self.last = self.case
      until = f" z takes it back until {answer['release_at'][11:19]} UTC." if answer.get("release_at") else " Somebody else is still needed."
      self.said = f"Decided: {verb}.{until}"
      self.sure("DELETE", f"/v1/tasks/{self.case}/draft")
      self.next()
    else:
      self.said = f"{answer.get('code', status)}: {clean(answer.get('detail', ''))} What you typed is kept."
      if answer.get("code") in ("task.superseded", "task.claimed"):
        self.fence = None
      self.look()

  def undo(self):
    case = self.last or self.case
    status, answer, _ = self.sure("POST", f"/v1/tasks/{case}/undo", {}) if case else (404, {"detail": "There is nothing to take back."}, None)
    self.said = clean(answer.get("detail", ""))
    if status == 200:
      self.open(case)
      self.said = "Taken back."

  def own(self):
    """This person's own key, made at the first need. - Raises: OSError where policy does not register it."""
    if not self.me.get("decision_keys"):
      raise OSError("the desk knows no policy")
    if not self.key or self.key.until < time.time():
      self.key = OwnKey(self.me, self.api.token)
    return self.key

  # What is stopped.

  def switch(self):
    """What is stopped, why, and who wants it started again; this person's own key says so, too, if they want it."""
    status, answer, _ = self.sure("GET", "/v1/stops")
    stops = answer.get("stops", [])[:9] if status == 200 else []
    if not stops:
      self.said = "Nothing is stopped." if status == 200 else clean(answer.get("detail", str(status)))
      return
    self.terminal.menu(["A digit says that it may start again; any other key goes back."] + [
      f"{at}  {'everything' if stop['workflow'] == '*' else stop['workflow']}, stopped by {clean(stop['by'])}: {clean(stop['reason'])}"
      + (f"; {clean(stop['starter'])} wants to start it again" if stop.get("starter") else "") for at, stop in enumerate(stops, 1)])
    at = "123456789".find(self.terminal.key(None) or " ")
    if not 0 <= at < len(stops):
      return
    stop = stops[at]
    self.said = f"Say that {stop['workflow']} may start again? Enter signs it, any other key does not."
    self.draw()
    if self.terminal.key(None) != "enter":
      self.said = "Nothing was said."
      return
    try:
      body = self.own().start(stop)
    except OSError as error:
      self.said = f"It must be signed, and policy does not register your key: {clean(error)}"
      return
    status, answer, _ = self.sure("POST", "/v1/starts", body)
    if status >= 400:
      self.said = f"{answer.get('code', status)}: {clean(answer.get('detail', ''))}"
    elif answer.get("started"):
      self.said = f"{stop['workflow']} runs again."
    else:
      self.said = f"Another person has to say so by {answer['another_until'][11:19]} UTC."

  # Keys.

  def handle(self, key):
    self.said = ""
    if key in ("space", "down" if self.task else "space"):
      self.top += 10 if key == "space" else 1
    elif key == "up" and self.task:
      self.top -= 1
    elif key == "?":
      self.said = HELP
    elif key == "n":
      self.next()
    elif key == "z":
      self.undo()
    elif key == "p":
      self.switch()
    elif not self.task:
      rows = self.rows()
      self.place = max(0, min(self.place + {"j": 1, "down": 1, "k": -1, "up": -1}.get(key, 0), len(rows) - 1))
      if key == "enter" and rows:
        self.open(rows[self.place]["case"])
    elif key in ("b", "esc"):
      self.case = self.task = None
      self.top = 0
    elif key == "c":
      holds = (self.task.get("claim") or {}).get("person") == self.me["id"]
      if answer := self.act("release" if holds else "claim"):
        self.fence = None if holds else answer["fence"]
        self.said = "Given back." if holds else f"It is yours until {answer['until'][11:19]} UTC."
        self.look()
    elif key == "v" and self.task.get("unopened"):
      if self.act(f"sources/{self.task['unopened'][0]}/view"):
        self.look()
    elif key == "a":
      self.decide("approve")
    elif key in VERBS:
      self.decide(VERBS[key])
    elif key in ("m", "i"):
      text, is_done = self.terminal.line("Comment" if key == "m" else "Ask whoever asked", "")
      if is_done and text and self.act("comments" if key == "m" else "questions", {"words": text}) is not None:
        self.said = "Said." if key == "m" else "Asked; the clock of the ladder stands still."
        self.look()
    elif key == "s" and (code := self.reason("skip")):
      if self.act("skip", {"code": code}) is not None:
        self.said = "Left to others."
        self.next()

  def work(self):
    is_behind = False
    while True:
      self.draw()
      key = self.terminal.key(0.5)
      if key == "q":
        return
      try:
        if key:
          self.handle(key)
        elif self.case and (is_behind or self.topics.has_changed(self.case)):
          self.look(again=True)
          self.said = "" if is_behind else self.said
        is_behind = False
      except Away as error:
        self.said, is_behind = f"No answer: {clean(error)}", True
