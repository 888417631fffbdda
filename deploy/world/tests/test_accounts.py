"""The accounts of `./deploy/demo --once`: what makes it fail. No installation runs here."""
import base64
import itertools
import json
import pathlib
import sys
import unittest

DEPLOY = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(DEPLOY / "lib"))

from accounts import judged, row, table  # noqa: E402

EXPECTATIONS = {path.parent.name: json.loads(path.read_text()) for path in (DEPLOY / "workflows").glob("*/expectations.json")}


def permit(effect, target):
  claims = base64.urlsafe_b64encode(json.dumps({"eff": effect}).encode()).decode().rstrip("=")
  return {"permit": f"e30.{claims}.x", "action": {"target": target}}


def entry(expected):
  """What the topics say of a case that went exactly as expected."""
  first = {"route": expected["route"], "matches": [{"code": code, "because": "of it"} for code in expected["codes"]],
           "confidence": 0.9, "parts": []}
  acts = expected["outcome"] in ("executed", "decided_otherwise") and expected["target"]
  code = (expected["decision"] or {}).get("code", expected["outcome"])
  return {
    "first": first | ({"id": "judged"} if expected["route"] == "auto" else {}),
    "reviews": [] if expected["route"] == "auto" else [{"action": {"target": expected["target"]} if expected["target"] else None}],
    "permits": [permit("e1", expected["target"])] if acts else [],
    "outcome": {"outcome": expected["outcome"], "code": code}, "seconds": 1.0}


class Accounts(unittest.TestCase):
  def test_a_case_that_went_as_expected_is_right(self):
    for rows in EXPECTATIONS.values():
      for name, expected in rows.items():
        self.assertEqual(judged(expected, entry(expected))[2], [], name)

  def test_any_two_rows_that_differ_in_what_is_seen_fail_when_they_are_swapped(self):
    swaps = 0
    for rows in EXPECTATIONS.values():
      for (one, own), (other, swapped) in itertools.combinations(rows.items(), 2):
        if any(own[part] != swapped[part] for part in ("route", "outcome", "target")) or set(own["codes"]) != set(swapped["codes"]):
          swaps += 1
          self.assertTrue(judged(swapped, entry(own))[2] or judged(own, entry(swapped))[2], f"{one} and {other}")
    self.assertGreater(swaps, 3000)

  def test_each_sample_has_a_row_and_each_row_a_sample(self):
    for workflow, rows in EXPECTATIONS.items():
      names = {path.stem for path in (DEPLOY / "workflows" / workflow / "samples").glob("*.json")}
      self.assertEqual(names, set(rows), workflow)

  def test_whatever_went_otherwise_is_named(self):
    expected = {"route": "auto", "codes": ["confidence.sufficient"], "target": "/tickets/T-1", "decision": None, "outcome": "executed"}
    right = entry(expected)
    for change, word in (
      ({"outcome": {"outcome": "failed", "code": "x"}}, "outcome failed"), ({"outcome": None}, "outcome none"),
      ({"first": {"route": "review", "matches": []}}, "route review"), ({"permits": [permit("e1", "/tickets/T-2")]}, "acts on"),
      ({"permits": [permit("e1", "/tickets/T-1"), permit("e2", "/tickets/T-1")]}, "more than one effect")):
      self.assertIn(word, " ".join(judged(expected, right | change)[2]))
    self.assertEqual(judged(expected, right | {"permits": [permit("e1", "/tickets/T-1")] * 2})[2], [])

  def test_a_case_drawn_for_checking_may_go_to_a_person(self):
    expected = {"route": "auto", "codes": ["confidence.sufficient"], "target": "/tickets/T-1", "decision": None, "outcome": "executed"}
    drawn = entry(expected) | {"first": {"route": "review", "matches": [{"code": "sample.drawn", "because": "drawn"}]}}
    self.assertEqual(judged(expected, drawn)[2], [])

  def test_the_table_has_a_line_for_each_and_names_what_is_wrong(self):
    expected = {"route": "auto", "codes": [], "target": None, "decision": None, "outcome": "executed"}
    nothing = {"reviews": [], "permits": []}
    rows = [row({"id": "a", "workflow": "w"}, expected, None, nothing, [], "400 no"),
            row({"id": "b", "workflow": "w"}, expected, "c", entry(expected), [])]
    first, second = table(rows)
    self.assertIn("WRONG: route none", first)
    self.assertIn("400 no", first)
    self.assertNotIn("WRONG", second)


if __name__ == "__main__":
  unittest.main()
