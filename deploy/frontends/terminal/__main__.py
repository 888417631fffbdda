"""A review desk in a terminal. It knows the reviewer by its documented topics and HTTP API alone (deploy/docs/api-reviewer.md).

    terminal --brokers HOST:PORT --reviewer URL --token-file FILE [--queue NAME]

What waits is read from the topic `reviews.open`; that something has changed, from `reviews`; all else by HTTP. A decision is
sent until it is answered, under one Idempotency-Key, and signed by a key of one's own where policy asks for it. What is typed is a draft at the server, the same as the page's.
"""
import argparse
import pathlib
import sys

# What a program needs for signing with a key of its own (deploy/docs/api-reviewer.md).
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "lib"))

from api import Api, Away, Topics  # noqa: E402
from desk import Desk  # noqa: E402
from screen import Terminal  # noqa: E402


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--reviewer", required=True, help="the reviewer's address")
  parser.add_argument("--token-file", type=pathlib.Path, required=True, help="holds the token of the person who works here")
  parser.add_argument("--queue", help="tasks of this queue alone")
  options = parser.parse_args()
  if not sys.stdin.isatty():
    parser.error("a terminal was expected")
  api, topics = Api(options.reviewer, options.token_file.read_text().strip()), Topics(options.brokers)
  with Terminal() as terminal:
    try:
      Desk(terminal, api, topics, options.queue).work()
      why = None
    except (Away, KeyboardInterrupt) as error:
      why = f"The end: {error or 'the terminal is gone'}."
  topics.stop()
  return why


if __name__ == "__main__":
  sys.exit(main())
