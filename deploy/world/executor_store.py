"""What an executor must remember across a kill -9: the effects it began, what came of them, and what was revoked."""
import json
import sqlite3


class Store:
  """One SQLite file; every method is durable when it returns. For one process and one thread."""

  def __init__(self, path):
    self.database = sqlite3.connect(path, isolation_level=None)
    self.database.executescript("""
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS effects(eff TEXT PRIMARY KEY, claims TEXT NOT NULL, result TEXT);
      CREATE TABLE IF NOT EXISTS revoked(id TEXT PRIMARY KEY)""")

  def started(self, claims):
    """Notes that the effect of a permit is about to be tried. sqlite3.IntegrityError: it was begun before."""
    self.database.execute("INSERT INTO effects(eff, claims) VALUES(?, ?)", (claims["eff"], json.dumps(claims)))

  def finish(self, claims, status, reason="", before=None, after=None):
    """Keeps and returns the final result of an effect, begun or not."""
    result = {"status": status, "reason": reason, "before": before, "after": after}
    self.database.execute(
      "INSERT INTO effects VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET result = excluded.result",
      (claims["eff"], json.dumps(claims), json.dumps(result)))
    return result

  def result(self, eff):
    """(known, result): the result is None while the effect is begun and open."""
    row = self.database.execute("SELECT result FROM effects WHERE eff = ?", (eff,)).fetchone()
    return row is not None, json.loads(row[0]) if row and row[0] else None

  def open_effects(self):
    """The claims of all permits whose effects were begun and have no result."""
    return [json.loads(row[0]) for row in self.database.execute("SELECT claims FROM effects WHERE result IS NULL")]

  def revoke(self, *ids):
    for id in ids:
      if isinstance(id, str):
        self.database.execute("INSERT OR IGNORE INTO revoked VALUES(?)", (id,))

  def revoked(self, *ids):
    return any(self.database.execute("SELECT 1 FROM revoked WHERE id = ?", (id,)).fetchone() for id in ids)
