"""The system of record of the demo: tickets, mails, entitlements, invoices, orders, receipts and classifications.

One process, one SQLite file, HTTP on loopback. README.md describes its resources.
"""
import argparse
import json
import signal
import sqlite3
import sys
import threading

from record_http import Server
from record_store import RecordStore


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--port", type=int, default=8090, help="on 127.0.0.1; 0 takes a free one (default: 8090)")
  parser.add_argument("--database", default="record.db", help="SQLite file (default: record.db)")
  parser.add_argument("--seed", metavar="FILE", help="JSON file of documents to add where they are not there yet")
  options = parser.parse_args()
  try:
    store = RecordStore(options.database)
    if options.seed:
      with open(options.seed) as file:
        store.seed(json.load(file))
    server = Server(options.port, store)
  except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, sqlite3.Error) as error:
    sys.exit(f"record: cannot start: {type(error).__name__}: {error}")
  signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
  signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))
  print("record: listening on http://127.0.0.1:%d, %s has %d documents and %d effects" % (
    server.server_port, options.database, *store.counts()), flush=True)
  server.serve_forever()
  server.server_close()
  if not server.working.wait(5):
    print("record: a request was still at work after 5 s", file=sys.stderr)
  store.close()
  print("record: stopped", flush=True)


if __name__ == "__main__":
  main()
