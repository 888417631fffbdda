"""The documents of the system of record, who changed them, and the answers given under each idempotency key."""
import contextlib
import datetime
import hashlib
import json
import sqlite3
import threading

from canonical import canonical

KINDS = ("tickets", "mails", "entitlements", "invoices", "purchase-orders", "goods-receipts", "classifications")
PAGE = 1000  # rows of a list at most


class Problem(Exception):
  """An answer other than success, as RFC 9457 tells it; never quotes what was sent."""

  def __init__(self, status, code, detail, pointer=None):
    super().__init__(detail)
    self.status, self.code, self.detail, self.pointer = status, code, detail, pointer


def digest(document):
  """The hex SHA-256 of the RFC 8785 form: a document's ETag."""
  return hashlib.sha256(canonical(document)).hexdigest()


class RecordStore:
  """One SQLite file. A write is durable, also against power loss, when it returns. Safe from any thread."""

  def __init__(self, path):
    self.lock, self.first = threading.Lock(), {}
    self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    self.database.executescript("""
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS documents(
        kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS answers(
        key TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS effects(
        number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, at TEXT NOT NULL, method TEXT NOT NULL,
        path TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS effects_by_key ON effects(key);""")

  @contextlib.contextmanager
  def transaction(self):
    with self.lock:
      self.database.execute("BEGIN IMMEDIATE")
      try:
        yield self.database
        self.database.execute("COMMIT")
      except BaseException:
        if self.database.in_transaction:
          self.database.execute("ROLLBACK")
        raise

  def rows(self, query, *values):
    with self.lock:
      return self.database.execute(query, values).fetchall()

  def seed(self, documents):
    """Adds the documents ({kind: [document with id]}) that are not there yet; returns their number.

    They are kept for `restore` too.
    """
    self.first = {(kind, document["id"]): document for kind in KINDS for document in documents.get(kind, [])}
    with self.transaction() as database:
      return sum(database.execute("INSERT OR IGNORE INTO documents VALUES(?, ?, ?)",
                                  (kind, document["id"], canonical(document).decode())).rowcount
                 for kind in KINDS for document in documents.get(kind, []))

  def get(self, kind, id):
    """Problem: 404, there is none."""
    return self.found(self.rows("SELECT body FROM documents WHERE kind = ? AND id = ?", kind, id))

  def found(self, rows):
    if not rows:
      raise Problem(404, "not.found", "there is no document of this kind with this id")
    return json.loads(rows[0][0])

  def of_order(self, kind, order):
    """All documents of a kind that name this purchase order, by id."""
    query = "SELECT body FROM documents WHERE kind = ? AND json_extract(body, '$.order') = ? ORDER BY id LIMIT ?"
    return [json.loads(row[0]) for row in self.rows(query, kind, order, PAGE)]

  def write(self, key, method, path, kind, id, body, if_match, change):
    """(answer, repeated): applies `change(document, body, now)` once a key; a repeated key gets the first answer.

    Problem: 409 the key came with another request, 404, 412 the document is not the one of `if_match` (an ETag, `*` or
    None), or what `change` raises. A request that ends with a problem changes nothing and leaves its key unused.
    """
    request = digest([method, path, body])
    with self.transaction() as database:
      first = database.execute("SELECT request, answer FROM answers WHERE key = ?", (key,)).fetchone()
      if first:
        if first[0] != request:
          raise Problem(409, "key.reused", "this idempotency key came with another request before")
        return json.loads(first[1]), True
      query = "SELECT body FROM documents WHERE kind = ? AND id = ?"
      before = self.found(database.execute(query, (kind, id)).fetchall())
      if if_match not in (None, "*", f'"{digest(before)}"'):
        raise Problem(412, "precondition.changed", "the document is not the one that If-Match names")
      now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
      after = change(before, body, now)
      answer = {"key": key, "at": now, "before": before, "after": after}
      texts = [canonical(document).decode() for document in (before, after, answer)]
      database.execute("UPDATE documents SET body = ? WHERE kind = ? AND id = ?", (texts[1], kind, id))
      database.execute("INSERT INTO effects(key, at, method, path, before, after) VALUES(?, ?, ?, ?, ?, ?)",
                       (key, now, method, path, texts[0], texts[1]))
      database.execute("INSERT INTO answers VALUES(?, ?, ?)", (key, request, texts[2]))
      return answer, False

  def restore(self, kind, id):
    """Gives a document its first state back, for a demo's next act; what was done to it stays among the effects.

    Problem: 404, the seed has none.
    """
    document = self.first.get((kind, id))
    if document is None:
      raise Problem(404, "not.found", "the seed has no document of this kind with this id")
    with self.transaction() as database:
      database.execute("UPDATE documents SET body = ? WHERE kind = ? AND id = ?", (canonical(document).decode(), kind, id))
    return document

  def effects(self, since=0, key=None):
    """The effects after number `since`, oldest first, at most a page; only those of a key, if one is given."""
    query = ("SELECT number, key, at, method, path, before, after FROM effects"
             " WHERE number > ?1 AND (?2 IS NULL OR key = ?2) ORDER BY number LIMIT ?3")
    names = ("number", "key", "at", "method", "path", "before", "after")
    return [dict(zip(names, row[:5] + (json.loads(row[5]), json.loads(row[6]))))
            for row in self.rows(query, since, key, PAGE)]

  def counts(self):
    """(documents, effects)"""
    return self.rows("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM effects)")[0]

  def close(self):
    with self.lock:
      self.database.close()
