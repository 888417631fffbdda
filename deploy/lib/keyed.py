"""The story's people at their browsers, by keys alone: what the acts do by the desk's API is done on its pages here.

Each act of a person leaves a screenshot and a line in keys.txt: the step's number, who, what was pressed, and the picture.
"""
import re
import time

from keyboard import Keyboard
from people import edited
from stage import Stage

# A page answers within this, s.
PATIENCE = 20


def leaves(value, pointer=""):
  """The values in it by JSON pointer."""
  if isinstance(value, dict):
    return {place: leaf for key, member in value.items() for place, leaf in leaves(member, f"{pointer}/{key}").items()}
  return {pointer: value}


class KeyedStage(Stage):
  """A stage whose people have no API."""

  def __init__(self, options, browser):
    super().__init__(options)
    self.browser, self.reviewer, self.hands, self.pictures, self.step = browser, self.people.url, {}, 0, 0
    options.shots.mkdir(parents=True, exist_ok=True)
    self.trace = (options.shots / "keys.txt").open("w")
    # Whoever the scripts choose to decide does so by keys, too.
    self.people.submit = self.submit

  def hand(self, name):
    if name not in self.hands:
      self.hands[name] = Keyboard(self.browser, self, name)
    return self.hands[name]

  def note(self, name, what):
    """What has been pressed since the last one, beside a picture of what came of it."""
    hand = self.hand(name)
    self.pictures += 1
    picture = f"{self.pictures:03}-{name}-{what}"
    hand.shot(picture)
    print(f"{self.step:2}  {name:8} {what:10} {' '.join(hand.log)}  [{picture}.png]", file=self.trace, flush=True)
    hand.log.clear()

  def open(self, case, name):
    """The status of the task's page, opened as by a link in a notice."""
    return self.hand(name).page.goto(f"{self.reviewer}/tasks/{case}").status

  def desk(self, method, case, name, command="", body=None, key=None):
    if method == "POST" and command in ("claim", "undo", "questions"):
      return getattr(self, command)(case, name, body)
    return super().desk(method, case, name, command, body, key)

  def claim(self, case, name, body=None):
    status, hand = self.open(case, name), self.hand(name)
    if status != 200:
      return status, {"code": hand.text()[:200]}
    held = re.search(r"(\S+ \S+) has it for (\S+)", hand.text())
    if not held:
      hand.press("c")
      hand.sees("yours for", PATIENCE)
    self.note(name, "claim")
    if held:
      return 409, {"code": "shown on the page", "holder": held.group(1), "until": f"{held.group(2)} from now"}
    status, task = super().desk("GET", case, name)
    return (200, {"fence": task["fence"]}) if (task.get("claim") or {}).get("person") == name else (409, task)

  def undo(self, case, name, body=None):
    hand = self.hand(name)
    hand.press("z")
    done = hand.sees("Taken back", PATIENCE)
    self.note(name, "undo")
    return (200, {}) if done else (409, {"code": hand.text()[:200]})

  def questions(self, case, name, body):
    status, hand = self.open(case, name), self.hand(name)
    if status != 200:
      return status, {"code": hand.text()[:200]}
    hand.press("i")
    self.fill(hand, "i", {"words": body["words"]})
    hand.press("Control+Enter")
    # It waits for the answer now: the page goes on to the next task.
    asked = hand.sees("What waits for you", PATIENCE) or case not in hand.page.url.split("?")[0]
    self.note(name, "question")
    return (202, {}) if asked else (409, {"code": hand.text()[:200]})

  def decide(self, case, name, verb, code="", action=None, words="Decided in the story.", fence=None):
    """As by the API; whoever has claimed it before (`fence`) decides on the page that is still open."""
    hand = self.hand(name)
    status = 200 if fence is not None else self.open(case, name)
    if status != 200:
      self.note(name, "refused")
      return status, {"code": hand.text()[:200]}
    before = len(self.road.cases[case]["decisions"])
    if verb != "escalate":
      hand.look()
    if verb == "approve":
      hand.approve()
    else:
      key = {"reject": "r", "escalate": "x", "edit": "e"}[verb]
      if hand.page.locator(f"details[data-key={key}][open]").count() == 0:
        hand.press(key)
      else:
        hand.page.focus(f"details[data-key={key}] summary")
      self.fill(hand, key, {"code": code, "words": words} | self.fields(case, name, action))
      hand.press("Control+Enter")
    left = self.until(lambda: case not in hand.page.url.split("?")[0] or self.alert(hand) or self.decided(case, before), PATIENCE)
    said = self.alert(hand)
    self.note(name, verb)
    if case in hand.page.url.split("?")[0] and said and not self.decided(case, before):
      return 409, {"code": said}
    made = self.until(lambda: self.decided(case, before), 5)
    if not made:
      return (202, {"complete": False}) if left else (504, {"code": hand.text()[:200]})
    return 202, {"decision": made.get("decision"), "complete": made["result"] == "complete"}

  def decided(self, case, before):
    found = self.road.cases[case]["decisions"][before:]
    return found[-1] if found else None

  def alert(self, hand):
    found = hand.page.locator("[role=alert], .mistakes")
    try:
      return " ".join(found.first.inner_text(timeout=300).split())[:200] if found.count() else ""
    except Exception:  # the page is being replaced
      return ""

  def fields(self, case, name, action):
    """What an edited action has otherwise than the page's form, by the names of its fields."""
    if action is None:
      return {}
    _, task = super().desk("GET", case, name)
    old, new = leaves(task["file"].get("action") or {}), leaves(action)
    # The rest of an action is the workflow's.
    return {f"field:{pointer}": str(value) for pointer, value in new.items() if old.get(pointer) != value and pointer.startswith("/body/")}

  def fill(self, hand, key, values):
    """Goes through a form by Tab, and gives each control its value: text is typed, of choices the arrows pick."""
    left = {name: value for name, value in values.items() if value}
    for _ in range(60):
      control = hand.page.evaluate(
        "key => { const e = document.activeElement; return e && e.closest(`details[data-key=${key}]`) ? [e.tagName, e.type || '', e.name || '', e.value || ''] : null }", key)
      if control:
        tag, kind, name, value = control
        wanted = left.pop(name, None)
        if wanted is not None and kind in ("radio", "checkbox"):
          hand.press("Space")
          self.pick(hand, wanted)
        elif wanted is not None and tag == "SELECT":
          self.pick(hand, wanted)
        elif wanted is not None and tag in ("INPUT", "TEXTAREA"):
          hand.press("Control+a")
          hand.type(wanted)
      if not left:
        return
      hand.press("Tab")
    raise RuntimeError(f"the form of key {key} has no place for {sorted(left)}")

  def pick(self, hand, wanted):
    for key in ["ArrowDown"] * 20 + ["ArrowUp"] * 20:
      if hand.page.evaluate("document.activeElement.value") == wanted:
        return
      hand.press(key)
    raise RuntimeError(f"nothing can be picked that is {wanted}")

  def present(self, *names):
    for name in names:
      self.hand(name)

  def offline(self, name, away):
    self.hand(name).context.set_offline(away)

  def health(self, name):
    hand = self.hand(name)
    hand.page.goto(self.reviewer)
    hand.press("q")
    hand.page.wait_for_url("**/queues")
    self.note(name, "queues")
    return super().health(name)

  def stop(self, name, workflow, reason):
    hand = self.hand(name)
    hand.page.goto(f"{self.reviewer}/stops")
    self.reach(hand, "section[aria-labelledby=stop] select")
    self.pick(hand, workflow)
    hand.press("Tab")
    hand.type(reason)
    self.said_at = time.time()
    hand.press("Enter")
    done = hand.sees(reason, PATIENCE)
    self.note(name, "stop")
    return done, hand.text()[:200]

  def start(self, name, workflow):
    hand = self.hand(name)
    hand.page.goto(f"{self.reviewer}/stops")
    hand.press("w")
    self.reach(hand, "details[data-key=w] select")
    self.pick(hand, workflow)
    hand.press("Control+Enter")
    left = hand.page.locator("details[data-key=w]")
    said = self.until(lambda: self.alert(hand) or (not left.count() and "It runs again.") or ("wants to start" in hand.text() and hand.text()), PATIENCE)
    self.note(name, "start")
    return str(said)

  def reach(self, hand, selector):
    """By Tab to a control."""
    for _ in range(60):
      if hand.page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
        return
      hand.press("Tab")
    raise RuntimeError(f"Tab does not reach {selector}")

  def break_glass(self, case, name, reason, ticket):
    """At a browser that has just signed in."""
    self.hands[name] = Keyboard(self.browser, self, name)
    status, hand = self.open(case, name), self.hand(name)
    if status != 200:
      return status, hand.text()[:200]
    hand.press("b")
    self.fill(hand, "b", {"reason": reason, "ticket": ticket, "confirm": "yes"})
    hand.press("Control+Enter")
    done = hand.sees("broke the glass", PATIENCE)
    self.note(name, "glass")
    return (303, "") if done else (409, hand.text()[:200])

  def submit(self, case, review, decision, name):
    """As People.submit: None, or what the page said instead."""
    verb, action = decision["verb"], None
    if verb == "edit" and review.get("editors"):
      verb = "approve"
    elif verb == "edit":
      action = edited(review, decision["patch"])
    code = "corrected" if action else decision.get("code", "")
    status, answer = self.decide(case, name, verb, code, action, decision.get("words", "Decided in the story."))
    return None if status < 300 else f"{status} {answer}"
