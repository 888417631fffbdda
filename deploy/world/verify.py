"""The outside counter: nothing accepted is lost, nothing happened twice, nothing happened without a permit.

Exit status: 0 all agrees, 1 a breach, 2 it cannot be told (not reached, or the topics do not go back to their start).
"""
import argparse
import json
import os
import sys

from verify_count import TOPICS, Count
from verify_read import from_files, from_kafka, from_record


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--brokers", default="127.0.0.1:9092")
  parser.add_argument("--kafka", default=os.environ.get("VERIFY_KAFKA", "{}"), help="librdkafka properties as JSON")
  parser.add_argument("--files", metavar="DIR", help="read DIR/TOPIC.jsonl and DIR/record.jsonl instead")
  parser.add_argument("--record", metavar="URL", help="the system of record; without it executors are believed")
  parser.add_argument("--expect", type=int, default=0, metavar="N", help="at least so many cases must be accepted")
  parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="for outcomes that are still missing")
  parser.add_argument("--json", action="store_true", help="the whole report as JSON")
  options = parser.parse_args()
  count, performed = Count(), None
  try:
    if options.files:
      performed = from_files(options.files, TOPICS, count)
    else:
      settings = {"bootstrap.servers": options.brokers, **json.loads(options.kafka)}
      from_kafka(settings, TOPICS, count, lambda: len(count.accepted) >= max(1, options.expect) and not count.missing(),
                 options.wait)
    if options.record:
      performed = from_record(options.record)
  except Exception as error:
    print(f"verify: cannot tell: {type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(2)
  report = count.report(performed, options.expect)
  if options.json:
    print(json.dumps(report, indent=2))
  else:
    show(report)
  sys.exit(1 if report["breaches"] else 2 if report["heads_lost"] else 0)


def show(report):
  for name, value in report.items():
    if name != "breaches":
      print(f"{name.replace('_', ' '):16} {value if value != {} else '-'}")
  for name, found in report["breaches"].items():
    examples = f": {', '.join(map(str, found[:5]))}" if isinstance(found, list) else ""
    print(f"BREACH {name.replace('_', ' ')} {len(found) if isinstance(found, list) else found}{examples}")
  if not report["breaches"]:
    print("cannot tell: records from before the first ones here are gone" if report["heads_lost"] else "all agrees")


if __name__ == "__main__":
  main()
