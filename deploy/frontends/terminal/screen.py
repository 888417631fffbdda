"""A plain terminal: single keys, lines, a screen that is drawn whole."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import tty

KEYS = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1bOA": "up", b"\x1bOB": "down", b"\r": "enter", b"\n": "enter", b" ": "space", b"\x7f": "back", b"\b": "back"}
MARK = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
  def __enter__(self):
    self.before, self.pending, self.shown = termios.tcgetattr(0), b"", None
    tty.setcbreak(0)
    sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[?7l")
    return self

  def __exit__(self, *_):
    sys.stdout.write("\x1b[?7h\x1b[?25h\x1b[?1049l")
    sys.stdout.flush()
    termios.tcsetattr(0, termios.TCSADRAIN, self.before)

  @contextlib.contextmanager
  def left(self):
    """The terminal as it was, for another program."""
    self.__exit__()
    try:
      yield
    finally:
      self.__enter__()

  def edit(self, text):
    """The text as the person's editor (EDITOR) leaves it."""
    with tempfile.NamedTemporaryFile("w+", suffix=".json") as file:
      file.write(text)
      file.flush()
      with self.left():
        subprocess.run([*os.environ.get("EDITOR", "vi").split(), file.name])
      return pathlib.Path(file.name).read_text()

  def width(self):
    return shutil.get_terminal_size().columns

  def key(self, seconds):
    """The next key by its name or letter; None where none came in this time (None: waits for ever)."""
    if not self.pending:
      if not select.select([0], [], [], seconds)[0]:
        return None
      self.pending = os.read(0, 1024)
      if not self.pending:
        raise KeyboardInterrupt  # the terminal is gone
    for sequence, name in KEYS.items():
      if self.pending.startswith(sequence):
        self.pending = self.pending[len(sequence):]
        return name
    first, size = self.pending[0], 1
    if first == 0x1B:
      self.pending = b"" if self.pending[1:2] in (b"[", b"O") else self.pending[1:]
      return "esc"
    if first >= 0xC0:
      size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    letter, self.pending = self.pending[:size], self.pending[size:]
    return letter.decode(errors="replace")

  def line(self, title, text):
    """(text, whether Enter ended it)."""
    while True:
      self.foot([f"{title}:", text + "▏"])
      key = self.key(None)
      if key in ("enter", "esc"):
        return text, key == "enter"
      if key == "back":
        text = text[:-1]
      elif key == "space":
        text += " "
      elif key and len(key) == 1 and key.isprintable() and len(text) < 2000:
        text += key

  def menu(self, lines):
    self.foot(lines)

  def foot(self, lines):
    """Lines at the bottom, over what is shown there."""
    height = shutil.get_terminal_size().lines
    sys.stdout.write("".join(f"\x1b[{height - len(lines) + 1 + at};1H\x1b[2K{cut(line, self.width())}" for at, line in enumerate(lines)))
    sys.stdout.flush()
    self.shown = None

  def draw(self, lines, said, top):
    """Draws only what differs from what is shown."""
    width, height = shutil.get_terminal_size()
    foot = said.split("\n") if said else []
    body = [cut(line, width) for line in lines[:height - len(foot) - 1]]
    screen = body + [""] * (height - len(foot) - 1 - len(body)) + foot
    hint = "?  keys" + (f"    from line {top + 1}" if top else "") + ("    Space  more" if len(lines) > len(body) else "")
    text = "\x1b[H" + "\r\n".join(f"{cut(line, width)}\x1b[0m\x1b[K" for line in screen + [hint])
    if text != self.shown:
      sys.stdout.write(text)
      sys.stdout.flush()
      self.shown = text


def cut(line, width):
  """The line's first `width` letters; marks of colour take no room."""
  found, room, at = [], width, 0
  while at < len(line) and room > 0:
    if mark := MARK.match(line, at):
      found.append(mark.group())
      at = mark.end()
    else:
      found.append(line[at])
      room, at = room - 1, at + 1
  return "".join(found)
