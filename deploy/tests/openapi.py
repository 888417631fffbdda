"""The OpenAPI documents of reviewer and intake against their live services, by schemathesis with a fixed seed.

    openapi.py RUN --brokers HOST:PORT --base PORT --seed N

RUN is the folder of a running installation. Half of the runs name cases that are open, so that more than refusals is seen.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))

from road import Road, call  # noqa: E402

WORKFLOWS = ROOT / "deploy/workflows"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
# An event stream has no end; its contract is tested in the browser.
ENDLESS = "/v1/live"


def send(options, workflow, sample, number):
  item = json.loads((WORKFLOWS / workflow / "samples" / f"{sample}.json").read_text()) | {"id": f"openapi-{number}"}
  token = (options.run / "keys/tokens" / item["source"]).read_text().strip()
  status, answer = call("POST", f"http://127.0.0.1:{options.base + 1}/v1/items", token, item)
  if status != 202:
    raise SystemExit(f"intake answered {status} {answer}")
  return answer["case"]


def schemathesis(options, name, document, port, token, parameters, examples):
  """(operations tried, what failed) of one run."""
  folder = options.run / name
  folder.mkdir()
  settings = ["[parameters]\n"] + [f'"{key}" = {json.dumps(value)}\n' for key, value in parameters.items()]
  (folder / "schemathesis.toml").write_text("".join(settings))
  said = subprocess.run(
    [pathlib.Path(sys.executable).parent / "st", "--config-file", folder / "schemathesis.toml", "run", document, "--url", f"http://127.0.0.1:{port}",
     "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples),
     "--seed", str(options.seed), "--exclude-path", ENDLESS, "--request-timeout", "20", "--generation-database", "none",
     "--continue-on-failure", "--no-color", "--report", "junit", "--report-junit-path", folder / "report.xml", "--warnings", "off"],
    capture_output=True, text=True, cwd=folder)
  (folder / "said.txt").write_text(said.stdout + said.stderr)
  cases = list(xml.etree.ElementTree.parse(folder / "report.xml").iter("testcase")) if (folder / "report.xml").exists() else []
  failed = {case.get("name"): " ".join("".join(found.itertext()).split()) or found.get("message", "") for case in cases for found in [*case.iter("failure"), *case.iter("error")]}
  if not cases:
    failed["it did not run"] = said.stdout[-800:] + said.stderr[-400:]
  count = re.search(r"(\d[\d,]*) generated", said.stdout)
  print(f"     {name}: {len(cases)} operations, {count.group(1) if count else '?'} requests", flush=True)
  return [case.get("name") for case in cases], failed


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--seed", type=int, required=True)
  options = parser.parse_args()
  road = Road(options.brokers)
  cases = [send(options, *what) for what in (("reply-draft", "rd-0001", 1), ("reply-draft", "rd-0002", 2), ("invoice-exception", "ie-0002", 3), ("access-request", "ar-payments-release", 4))]
  while not all(road.cases[case].get("open") for case in cases):
    road.read()
  keys, docs = options.run / "keys", ROOT / "deploy/docs"
  reviewer, intake = docs / "api-reviewer.openapi.yaml", docs / "api-intake.openapi.yaml"
  ivo, desk = ((keys / place).read_text().strip() for place in ("people/P-ivo", "tokens/support-desk"))
  runs = [
    ("reviewer-any", reviewer, 4, ivo, {}, 8),
    ("reviewer-open", reviewer, 4, ivo, {"path.case": cases, "path.source": "mailbox"}, 12),
    ("intake-any", intake, 1, desk, {}, 30),
    ("intake-own", intake, 1, desk, {"path.source": "support-desk"}, 15)]
  passed = failed = 0
  for name, document, port, token, parameters, examples in runs:
    tried, broken = schemathesis(options, name, document, options.base + port, token, parameters, examples)
    passed, failed = passed + len(set(tried) - set(broken)), failed + len(broken)
    for operation, why in broken.items():
      print(f"FAIL {name} {operation}: {why[:1500]}", flush=True)
  for name in ("reviewer", "intake"):
    log = (options.run / "logs" / f"{name}.log").read_text()
    broken = [line for line in log.splitlines() if '"level":"error"' in line or '"level":"critical"' in line]
    print(f"{'FAIL' if broken else 'ok  '} {name} has logged no error" + (f": {broken[:3]}" if broken else ""), flush=True)
    passed, failed = passed + (not broken), failed + bool(broken)
  print(f"{passed} passed, {failed} failed")
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
