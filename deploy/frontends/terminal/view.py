"""A task as lines of text: why, what would change, the action, what it rests on, who is needed, the clocks."""
import datetime
import difflib
import json
import re
import unicodedata

BOLD, DIM, RED, GREEN, YELLOW, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
RISKS = ("critical", "high", "medium", "low")


def clean(value):
  """Text of others for a terminal: nothing in it moves the cursor, hides itself or turns the direction of writing."""
  return "".join(letter if not unicodedata.category(letter).startswith(("C", "Zl", "Zp")) else f"<{ord(letter):04X}>"
                 for letter in str(value).replace("\n", " ⏎ ").replace("\t", " "))


def moment(text):
  return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def span(seconds):
  seconds = int(seconds)
  sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
  for size, unit, below in ((86400, "d", "h"), (3600, "h", "min"), (60, "min", "s")):
    if seconds >= size:
      smaller = {"h": 3600, "min": 60, "s": 1}[below]
      return f"{sign}{seconds // size} {unit} {seconds % size // smaller} {below}"
  return f"{sign}{seconds} s"


def until(text, now):
  return span((moment(text) - now).total_seconds()) if text else "-"


def row_order(row):
  return row.get("next_rung_at") or row["deadline"], RISKS.index(row["risk"]), row["case"]


def list_lines(rows, place, me, now):
  yours = f"{BOLD}{clean(me['name'])}{PLAIN}  {len(rows)} open in {', '.join(me['groups'])}"
  lines = [yours, ""]
  for at, row in enumerate(rows):
    mark, holder = ("\x1b[7m" if at == place else ""), (row.get("claim") or {}).get("person", "")
    lines.append(f"{mark}{until(row.get('next_rung_at') or row['deadline'], now):>12}  {row['risk']:8} {clean(row['workflow']):18} {clean(row['because'])}{PLAIN}"
                 + (f"  {DIM}{clean(holder)}{PLAIN}" if holder else ""))
  start = max(0, place - 8)
  return lines[:2] + lines[2 + start:] if rows else lines + ["Nothing waits for you."]


def leaves(value, path=()):
  """(place, value) of what holds a value; amounts of money stay whole."""
  if isinstance(value, dict) and value and set(value) != {"minor", "currency"}:
    for name, member in value.items():
      yield from leaves(member, (*path, name))
  elif isinstance(value, list) and any(isinstance(member, (dict, list)) for member in value):
    for number, member in enumerate(value):
      yield from leaves(member, (*path, str(number + 1)))
  elif path:
    yield ".".join(path), value


def digits_of(value):
  """Of an amount of money, after its point."""
  return 0 if value["currency"] in ("JPY", "KRW", "ISK", "CLP", "VND") else 3 if value["currency"] in ("BHD", "KWD", "JOD", "OMR", "TND") else 2


def plain(value):
  if isinstance(value, dict) and set(value) == {"minor", "currency"}:
    digits = digits_of(value)
    return f"{value['minor'] / 10 ** digits:,.{digits}f} {clean(value['currency'])}"
  if isinstance(value, list):
    return ", ".join(map(plain, value)) or "none"
  return {None: "nothing", True: "yes", False: "no"}.get(value, clean(value)) if not isinstance(value, (int, float)) or isinstance(value, bool) else f"{value:,}"


def between(was, now):
  """What becomes of a value: words by word, numbers with their difference."""
  money = [value["minor"] if isinstance(value, dict) and "minor" in value else value for value in (was, now)]
  if isinstance(was, dict) == isinstance(now, dict) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in money):
    delta = money[1] - money[0]
    share = f", {delta / money[0]:+.1%}" if money[0] else ""
    delta = delta / 10 ** digits_of(was) if isinstance(was, dict) else delta
    return f"{RED}-{plain(was)}{PLAIN} {GREEN}+{plain(now)}{PLAIN} ({delta:+,.12g}{share})"
  if not isinstance(was, str) or not isinstance(now, str) or len(was) + len(now) > 20_000:
    return f"{RED}-{plain(was)}{PLAIN} {GREEN}+{plain(now)}{PLAIN}"
  old, new, said = re.split(r"(\s+)", was), re.split(r"(\s+)", now), []
  for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
    if what == "equal":
      said.append(clean("".join(old[a:b])))
      continue
    said += [f"{RED}[-{clean(''.join(old[a:b]))}-]{PLAIN}"] if b > a else []
    said += [f"{GREEN}{{+{clean(''.join(new[c:d]))}+}}{PLAIN}"] if d > c else []
  return "".join(said)


def changes(task):
  """Now, proposed, edited: each against the one before."""
  file = task["file"]
  if not file.get("action"):
    return ["No action is proposed: an edit fills in the form."]
  sides = [("now", file.get("current"))] + ([("proposed", task["proposed"].get("body"))] if task.get("proposed") else [])
  sides.append(("edited" if task.get("proposed") else "proposed", file["action"].get("body")))
  values = [(name, dict(leaves(side or {}))) for name, side in sides]
  lines, same = [], []
  for place in dict.fromkeys(place for _, side in values for place in side):
    known = [(name, side.get(place)) for name, side in values if side or name != "now"]
    if len({plain(value) for _, value in known}) == 1 and len(known) > 1:
      same.append(clean(place))
      continue
    before = known[0][1]
    for name, value in known[1:] or known:
      lines.append(f"{BOLD}{clean(place)}{PLAIN} {DIM}{name}{PLAIN}: {between(before, value) if len(known) > 1 else plain(value)}")
      before = value
  return lines + ([f"{DIM}unchanged: {', '.join(same)}{PLAIN}"] if same else []) or ["Nothing would change."]


def sources(task, now):
  evidence = {match.get("evidence") for match in task["file"].get("matches", [])}
  for source in task["file"].get("sources", []):
    name = source.get("name", "source")
    age = now.timestamp() - source["fetched_at"] / 1e6 if source.get("fetched_at") else None
    stale = age is not None and source.get("shelf_life") and age > source["shelf_life"]
    head = f"{BOLD}{clean(name)}{PLAIN}" + (f" {YELLOW if stale else DIM}{span(age)} old{', past its shelf life' if stale else ''}{PLAIN}" if age is not None else "")
    if not source.get("answered", True) or not source.get("found", True):
      yield f"{head} {YELLOW}{'did not answer' if not source.get('answered', True) else 'nothing found'}{PLAIN}"
    elif name in task.get("unopened", []):
      yield f"{head} {YELLOW}closed: v opens it; it must be seen before a decision{PLAIN}"
    else:
      yield head
      for place, value in leaves(source.get("fields") or {}):
        supports = any(known and known.endswith(f"{name}.{place}") for known in evidence)
        yield f"  {GREEN + '▸ ' if supports else '  '}{clean(place)}: {plain(value)}{PLAIN}"


TOKEN = re.compile(r"tok_([A-Za-z0-9]+)_[A-Za-z0-9_-]{22}")


def named(task):
  """The task with private values by names: the same value has the same name, as on the page."""
  names, counts = {}, {}
  for match in TOKEN.finditer(json.dumps(task["file"])):
    if match.group() not in names:
      counts[match.group(1)] = counts.get(match.group(1), 0) + 1
      names[match.group()] = f"[{match.group(1)} {counts[match.group(1)]}]"
  return json.loads(TOKEN.sub(lambda match: names.get(match.group(), match.group()), json.dumps(task)))


def case_lines(task, me, now, width):
  task = named(task)
  file, claim = task["file"], task.get("claim") or {}
  holder = "yours" if claim.get("person") == me else f"{clean(claim['person'])} has it" if claim else "free"
  clocks = f"next: {clean(task.get('next_group', '-'))} in {until(task.get('next_rung_at'), now)}   deadline in {until(task.get('deadline'), now)}"
  lines = [f"{BOLD}{clean(task['workflow'])}{PLAIN}  {task['risk']} impact  {holder}" + (f" for {until(claim['until'], now)}" if claim else "") + f"   {clocks}",
           f"{DIM}{task['case']} version {task['version']}{PLAIN}", "", f"{BOLD}Why a person is asked{PLAIN}"]
  lines += [f"• {clean(match.get('because') or match.get('code'))}" for match in file.get("matches", [])]
  lines += [f"{YELLOW}Since the version before: {clean(', '.join(task['changed']))}{PLAIN}"] if task.get("changed") else []
  lines += [f"  {clean(item['part'])}{clean(item['place'])}: {between(item.get('was'), item.get('is'))}" for item in task.get("differences", []) if item["version"] == task["version"]]
  lines += ["", f"{BOLD}What would change{PLAIN}", *changes(task)]
  if action := file.get("action"):
    lines.append(f"{DIM}{clean(action.get('type', ''))} {clean(action.get('method', ''))} {clean(action.get('target', ''))}{PLAIN}")
  lines += ["", f"{BOLD}What it rests on{PLAIN}", *sources(task, now), "", f"{BOLD}The item{PLAIN}"]
  lines += [f"{clean(place)}: {plain(value)}" for place, value in leaves(file.get("data") or {})]
  places = [f"{clean(place['group'])}: {clean(place['person'] or 'still needed')}" for place in task["places"]]
  lines += ["", f"{BOLD}Who is needed{PLAIN}  {'; '.join(places)}   owner: {clean(task['owner'])}"]
  lines += [f"{DIM}{entry['at'][11:16]} {clean(entry.get('who', ''))} {clean(entry['what'])} {clean(entry['text'])}{PLAIN}" for entry in task["so_far"][-8:]]
  return [part for line in lines for part in wrapped(line, width)]


def columns(text):
  return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1 for letter in text)


def wrapped(line, width):
  """The line as lines that fit, broken between words where that can be; colours go on. Nothing is left out."""
  lines, found, room, colour = [], "", width, ""
  for part in re.findall(r"\x1b\[[0-9;]*m|\s+|[^\s\x1b]+", line):
    if part.startswith("\x1b"):
      colour = "" if part == PLAIN else colour + part
      found += part
      continue
    for piece in [part] if columns(part) <= width - 2 else part:
      if columns(piece) > room:
        lines.append(found + PLAIN)
        found, room = "  " + colour, width - 2
      found, room = found + piece, room - columns(piece)
  return lines + [found + PLAIN]
