"""Every draw of ten thousand cases, computed anew from what policy published.

    draw.py FOLDER COUNTERSIGN --brokers B --port-base N [--items N]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

from load import Checks

VERIFIER = pathlib.Path(__file__).resolve().parents[1] / "world/verify_draw.py"


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("countersign", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--port-base", type=int, required=True)
  parser.add_argument("--items", type=int, default=10_000)
  options = parser.parse_args()
  checks = Checks()
  broker = ["--brokers", options.brokers, "--embedded"]

  records = options.folder / "verdicts.jsonl"
  with records.open("wb") as file:
    tail = subprocess.Popen(
      [options.countersign, "tail", "verdicts", "--from", "beginning", "--body", "--json", *broker], stdout=file)
  try:
    sample = json.loads((options.folder / "workflows/bench/samples/one.json").read_text())
    items = options.folder / "items.jsonl"
    with items.open("w") as file:
      for number in range(options.items):
        file.write(json.dumps(sample | {"id": f"draw-{number}", "data": sample["data"] | {"number": f"B-{number}"}}) + "\n")
    began = time.monotonic()
    published = subprocess.run(
      [options.countersign, "publish", "bench", items, "--http", f"http://127.0.0.1:{options.port_base + 1}", "--source", "bench",
       "--token-file", options.folder / "keys/tokens/bench", "--wait", "0", "--concurrency", "128"], capture_output=True, text=True)
    checks.check("all items are taken", published.returncode == 0, published.stdout.strip() or published.stderr.strip())

    def verified():
      done = subprocess.run([options.countersign, "verify-sample", records, "--json"], capture_output=True, text=True)
      try:
        return done.returncode, json.loads(done.stdout)
      except ValueError:
        return done.returncode, {"checked": [], "unchecked": [], "faults": [done.stderr.strip()]}

    code, found = verified()
    while sum(epoch["cases"] for epoch in found["checked"]) < options.items and time.monotonic() - began < 240:
      time.sleep(2)
      code, found = verified()
  finally:
    tail.terminate()
    tail.wait(10)
  cases, drawn = (sum(epoch[name] for epoch in found["checked"]) for name in ("cases", "drawn"))
  checks.check("verify-sample computes each draw anew without a difference", code == 0 and cases == options.items and not found["faults"],
               f"{cases} cases in {len(found['checked'])} epochs, {drawn} drawn, {found['faults'][:3]}")
  checks.check("about 8% are drawn", 0.06 < drawn / max(cases, 1) < 0.10, drawn / max(cases, 1))
  topic = subprocess.run([options.countersign, "verify-sample", *broker], capture_output=True, text=True)
  checks.check("so it does from the topic itself", topic.returncode == 0, topic.stdout.strip().splitlines()[-1:] + [topic.stderr.strip()])

  lines = records.read_text().splitlines()

  def recompute(lines):
    done = subprocess.run([sys.executable, VERIFIER], input="\n".join(lines) + "\n", capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()[:1] or [done.stderr[-200:]]

  code, said = recompute(lines)
  checks.check("the Python program finds the same", code == 0 and said == [f"{options.items} draws recomputed, 0 faults"], said)
  place = next(number for number, line in enumerate(lines) if "countersign.epoch.disclosed.v1" in line)
  record = json.loads(lines[place])
  seed = bytearray.fromhex(record["body"]["seed"])
  seed[0] ^= 1
  record["body"]["seed"] = seed.hex()
  forged = lines[:place] + [json.dumps(record)] + lines[place + 1:]
  code, said = recompute(forged)
  checks.check("it notices one flipped bit of a seed", code == 1, said)
  (options.folder / "forged.jsonl").write_text("\n".join(forged) + "\n")
  done = subprocess.run([options.countersign, "verify-sample", options.folder / "forged.jsonl"], capture_output=True, text=True)
  checks.check("so does verify-sample", done.returncode == 1, done.stdout.splitlines()[-1:])
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())
