"""Step 4 of the story: an auditor recomputes the draw from public topics."""
import json
import pathlib
import subprocess
import sys
import time

from stage import codes

SCRIPT = pathlib.Path(__file__).parents[1] / "world" / "verify_draw.py"


def draw(stage):
  """Step 4. The epochs of the story last a quarter of a minute; the one of the tickets may not be over yet."""
  bulk = {case: entry for case, entry in stage.road.cases.items()
          if entry.get("admitted", {}).get("item", "").startswith("bulk-")}
  records = stage.options.dir / "verdicts.jsonl"
  with records.open("wb") as file:
    tail = subprocess.Popen(
      [stage.options.bin / "countersign", "tail", "verdicts", "--from", "beginning", "--body", "--json", "--brokers",
       stage.options.brokers, "--embedded"], stdout=file)

  def lines():
    return [line for line in records.read_text().splitlines(keepends=True) if line.endswith("\n")]

  def recompute(lines):
    done = subprocess.run([sys.executable, SCRIPT], input="".join(lines), capture_output=True, text=True)
    words = done.stdout.splitlines()[:1]
    return done.returncode, words[0] if words else done.stderr[-200:]

  def disclosed(lines):
    found = [json.loads(line) for line in lines]
    over = {(record["partition"], record["body"]["epoch"]) for record in found
            if record["headers"]["ce_type"] == "countersign.epoch.disclosed.v1"}
    return {record["headers"]["ce_subject"]: record["body"]["draw"] for record in found
            if record["headers"]["ce_type"] == "countersign.case.judged.v1"
            and (record["partition"], record["body"]["draw"].get("epoch")) in over}
  try:
    end = time.monotonic() + 60
    while not bulk.keys() <= disclosed(lines()).keys() and time.monotonic() < end:
      time.sleep(1)
  finally:
    tail.terminate()
    tail.wait(10)
  draws = disclosed(lines())
  stage.expect("the draw of each of the 200 tickets can be checked: its epoch's seed is disclosed",
               bulk and bulk.keys() <= draws.keys(), f"{len(bulk.keys() & draws.keys())} of {len(bulk)} cases")
  code, said = recompute(lines())
  stage.expect("the auditor's script comes to the same draws", code == 0, said)
  held = {case for case, entry in bulk.items() if any("sample.drawn" in codes(review) for review in entry["reviews"])}
  drawn = {case for case in bulk if draws.get(case, {}).get("drawn")}
  stage.expect("the tickets that were held are those that were drawn", held and held == drawn, f"{len(held)} held, {len(drawn)} drawn")
  place = next((number for number, line in enumerate(lines()) if "countersign.epoch.disclosed.v1" in line), None)
  if stage.expect("an epoch was disclosed", place is not None):
    forged = lines()
    record = json.loads(forged[place])
    seed = record["body"].get("seed", "00")
    record["body"]["seed"] = f"{int(seed[:2], 16) ^ 1:02x}{seed[2:]}"
    forged[place] = json.dumps(record) + "\n"
    code, said = recompute(forged)
    stage.expect("it notices one flipped bit of a seed", code == 1, said)
