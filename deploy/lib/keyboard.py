"""The review desk as somebody works it who has no mouse: a browser, and keys. `log` is what was pressed and typed."""
import time

from playwright.sync_api import Error


class Keyboard:
  """Somebody at a browser who has no mouse."""

  def __init__(self, browser, here, person, **context):
    self.context = browser.new_context(viewport={"width": 1440, "height": 900}, **context)
    self.page, self.here, self.person, self.shots, self.keys = self.context.new_page(), here, person, 0, 0
    self.errors = []
    self.page.on("pageerror", lambda error: self.errors.append(str(error)))
    self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" and "409" not in message.text
                 and "422" not in message.text and "ERR_CONNECTION" not in message.text and "ERR_INCOMPLETE" not in message.text else None)
    self.log = []
    self.page.goto(here.reviewer)
    self.sign_in()

  def press(self, *keys):
    for key in keys:
      # What is pressed while a page is still on its way goes to the old one.
      self.page.wait_for_load_state()
      self.page.keyboard.press(key)
      self.keys += 1
      self.log.append(key)

  def look(self):
    """Opens all that must be seen before a decision on the page."""
    closed = self.page.locator("button[data-key=v]")
    while count := closed.count():
      self.press("v")
      self.page.wait_for_function("count => document.querySelectorAll('button[data-key=v]').length < count", arg=count)

  def approve(self):
    """Of what cannot be undone an approval takes two acts."""
    takes_two = self.page.locator("details[data-key=a]").count()
    self.press("a", *(("Space", "Control+Enter") if takes_two else ()))

  def type(self, text):
    self.page.keyboard.type(text)
    self.log.append(repr(text if len(text) < 40 else f"{text[:36]}…"))

  def sign_in(self):
    """By Tab to the card, then Enter."""
    for _ in range(60):
      self.press("Tab")
      if self.page.evaluate("document.activeElement.value || ''") == self.person:
        break
    self.press("Enter")
    self.page.wait_for_selector(".me")

  def leave(self):
    """Closes the browser. One that is closed while a page is on its way may never say that it is closed."""
    for _ in range(10):
      try:
        self.page.goto("about:blank")
        break
      except Error:  # a decision's page came in between
        self.page.wait_for_timeout(300)
      if self.page.url == "about:blank":
        break
    self.context.close()

  def go(self, case):
    """As by a link in a notice."""
    self.page.goto(f"{self.here.reviewer}/tasks/{case}")

  def text(self, selector="main"):
    return " ".join(self.page.inner_text(selector).split())

  def sees(self, words, seconds=5):
    end = time.time() + seconds
    while time.time() < end:
      try:
        if words.lower() in " ".join(self.page.inner_text("body").split()).lower():
          return True
      except Exception:  # the page is being replaced
        pass
      time.sleep(0.05)
    return False

  def shot(self, name):
    self.shots += 1
    self.page.screenshot(path=self.here.options.shots / f"{name}.png", full_page=True)

  def active(self):
    return self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
