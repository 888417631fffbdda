"""Attacks on the list of exceptions."""
import json
import os
import subprocess
import time

from attacker import DEPLOY, switch
from road import call

RECEIPT = DEPLOY / "workflows" / "invoice-exception" / "samples" / "ie-0003.json"


def listed(here, version, seconds, **changes):
  """A list with one exception: invoices of one supplier pass without goods receipts."""
  now = time.time()
  at = lambda moment: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
  entry = {
    "id": "ferro-receipts", "workflow": "invoice-exception", "when": 'item.supplier.number == "V-503"',
    "waives": ["context.missing_source"], "reason": "its receipts come on paper", "requester": "P-cleo", "approver": "P-omar",
    "starts": at(now - 60), "expires": at(now + seconds)} | changes
  file = here.options.run / f"exceptions-{version}.json"
  file.write_text(json.dumps({"version": version, "exceptions": [entry]}))
  return file


def signed(here, file, *people):
  """The list with the signatures of these people, each with a key of their own."""
  to = file.with_suffix(f".{len(people)}.{time.time_ns()}.signed")
  for person in people:
    done = subprocess.run([here.options.bin / "countersign", "exception", "sign", file, "--person", person, "--to", to,
                           "--key", here.keys / "exceptions" / f"{person}.key"], capture_output=True, text=True)
    if done.returncode:
      raise SystemExit(f"{person} could not sign: {done.stderr}")
  return to


def invoice(here, number):
  """An invoice without goods receipts. Returns what policy asks people about it."""
  item = json.loads(RECEIPT.read_text()) | {"id": f"attack-invoice-{number}"}
  status, answer = call("POST", f"{here.local}{here.options.base + 1}/v1/items", (here.keys / "tokens" / item["source"]).read_text().strip(), item)
  if status != 202:
    raise SystemExit(f"intake answered {status} {answer}")
  review = here.until("review", lambda: here.road.cases[answer["case"]].get("open"))
  return answer["case"], review


def refused_list(here, checks, name, file, words):
  answer = switch(here, "P-gus", "exception put", file)
  said = " ".join((answer.stdout + answer.stderr).split())
  checks.hold(f"{name}: refused", answer.returncode != 0 and words in said, said[-600:])
  checks.hold("  the ledger says so", any("P-gus put was refused" in said for said in here.ledgered(words)))


def exceptions(here, checks):
  """A forged exception, one that was signed once, an older list, and one whose time is over."""
  case, review = invoice(here, 1)
  checks.hold("without an exception an expert decides about the missing receipt", review["route"] == "sme", review["route"])
  file = listed(here, 1, 3600)
  refused_list(here, checks, "13. an exception that one person signed", signed(here, file, "P-cleo"), "those of two different people")
  forged = signed(here, file, "P-cleo")
  body = json.loads(forged.read_text())
  stranger = here.options.run / "stranger.key"
  stranger.write_bytes(os.urandom(32))
  done = subprocess.run([here.options.bin / "countersign", "exception", "sign", file, "--person", "P-omar", "--to", forged, "--key", stranger])
  refused_list(here, checks, "13. an exception with a forged signature", forged, "signatures[1]: key")
  changed = signed(here, file, "P-cleo", "P-omar")
  body = json.loads(changed.read_text())
  body["list"]["exceptions"][0]["when"] = 'item.supplier.number != ""'
  changed.write_text(json.dumps(body))
  refused_list(here, checks, "13. an exception that was changed after it was signed", changed, "it is for another list")
  wide = listed(here, 1, 100 * 86400, waives=["impact.unknown"], approver="P-cleo")
  answer = subprocess.run([here.options.bin / "countersign", "exception", "sign", wide, "--person", "P-cleo", "--key",
                           here.keys / "exceptions" / "P-cleo.key", "--to", here.options.run / "wide"], capture_output=True, text=True)
  checks.hold("every mistake of a list is told at once", answer.returncode != 0 and all(
    words in answer.stderr for words in ("never is", "another person", "90 days")), answer.stderr)
  case, review = invoice(here, 2)
  checks.hold("  none of this relieved anything", review["route"] == "sme", review["route"])

  first = signed(here, listed(here, 1, 3600), "P-cleo", "P-omar")
  answer = switch(here, "P-gus", "exception put", first)
  checks.hold("an exception that two people signed is put in force", answer.returncode == 0 and "in_force" in answer.stdout, answer.stdout + answer.stderr)
  case, review = invoice(here, 3)
  match = next((each for each in review["matches"] if each["code"] == "context.missing_source"), {})
  checks.hold("it relieves what it names", (review["route"], match.get("waived", {}).get("exception")) == ("review", "ferro-receipts"), review["matches"])
  story = here.story(case, "The exception ferro-receipts was used")
  checks.hold("  the case's story says so", "waived by exception ferro-receipts until" in story and "its receipts come on paper" in story, story[-600:])
  told = here.until("use to be counted", lambda: [each for each in here.policy("/v1/exceptions")["exceptions"] if each["uses"] == 1])
  checks.hold("  and its use is counted", told[0]["state"] == "in_force", told)
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.exceptions.in_force.v1") if any(each["uses"] == 1 for each in row["exceptions"])])
  here.stopped("policy")
  checks.hold("policy comes back", here.started("policy"))
  case, review = invoice(here, 4)
  checks.hold("  and the exception is in force after a restart", review["route"] == "review", review["route"])

  seconds = 6
  second = signed(here, listed(here, 2, seconds), "P-cleo", "P-omar")
  ends = time.time() + seconds
  answer = switch(here, "P-gus", "exception put", second)
  checks.hold("a later list replaces it", answer.returncode == 0, answer.stdout + answer.stderr)
  refused_list(here, checks, "14. the older list, played again", first, "a number above 2 expected")
  here.until("the exception's end", lambda: time.time() > ends, 20)
  case, review = invoice(here, 5)
  match = next((each for each in review["matches"] if each["code"] == "context.missing_source"), {})
  checks.hold("14. an exception whose time is over relieves nothing", review["route"] == "sme" and "waived" not in match, review["matches"])
  ended = here.until("record of its end", lambda: [
    body for body in here.said("verdicts", "countersign.exception.ended.v1") if body["why"] == "expired"])
  checks.hold("  the ledger says that it is over", ended[0]["exception"] == "ferro-receipts", ended)
  refused_list(here, checks, "14. a list with an exception that is over", signed(here, listed(here, 3, -1), "P-cleo", "P-omar"), "a time to come expected")
