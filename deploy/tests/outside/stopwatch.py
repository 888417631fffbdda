"""Decisions by keys alone, counted and timed: from the opened page to the next one."""
import time

# Workflow, sample, changes of its data, who decides, and how many keys that may take: three at medium impact, five at high.
WORK = (
  ("ticket-summary", "ts-0002", {}, "P-ben", 3),
  ("reply-draft", "rd-0001", {}, "P-ada", 3),
  ("invoice-exception", "ie-0002", {}, "P-gus", 3),
  ("access-request", "ar-tickets-read", {}, "P-hugo", 3),
  ("access-request", "ar-payments-release", {"requester": "P-cleo"}, "P-hugo", 5),
)
# An expert's empty form is a decision that is written: its keys are counted beside what is typed.
FORM = ("compliance-class", "cc-0002", {}, "P-elif", 5)


def approve(desk, case):
  """(keys, seconds) of an approval, with the evidence that must be opened before it."""
  desk.go(case)
  began, before = time.monotonic(), desk.keys
  desk.look()
  desk.approve()
  desk.page.wait_for_url(lambda url: case not in url.split("?")[0])
  return desk.keys - before, time.monotonic() - began


def fill_in(desk, case):
  """(keys beside what is typed, seconds) of an expert's form with every field filled in, from the opened page to the next one.

  A digit answers the first question that has no answer, and leads to what is missing; Tab goes from text to text."""
  def left(what, is_open):
    return desk.page.evaluate(f"[...document.querySelectorAll('form[data-fill] {what}')].filter(e => {is_open}).length")
  desk.go(case)
  began, before = time.monotonic(), desk.keys
  if not desk.page.locator("details[data-key=e][open]").count():
    desk.press("e")
  for _ in range(9):
    if not left("fieldset", "!e.querySelector(':checked')"):
      break
    desk.press("1")
  texts = "textarea, form[data-fill] input:not([type])"
  for _ in range(9):
    desk.type("The facts on file support it.")
    if not left(texts, "!e.value"):
      break
    desk.press("Tab")
  desk.press("Control+Enter")
  desk.page.wait_for_url(lambda url: case not in url.split("?")[0])
  return desk.keys - before, time.monotonic() - began
