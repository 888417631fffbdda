"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, JSON in the body."""
import datetime
import json
import uuid


def attributes(source, type, **others):
  """The headers of a new event. `others` are further attributes; those that are None are left out."""
  now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
  event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": source, "type": type, "time": now} | others
  headers = {f"ce_{name}": str(value) for name, value in event.items() if value is not None}
  return headers | {"content-type": "application/json"}


def header(message, name):
  """The text of the first header of that name; None: there is none, or it is not UTF-8."""
  for key, value in message.headers() or []:
    if key == name and value is not None:
      try:
        return value.decode()
      except UnicodeDecodeError:
        return None
  return None


def body(message):
  """The JSON object in the body; an empty one where there is no such thing."""
  try:
    value = json.loads(message.value() or b"{}")
  except (ValueError, RecursionError):
    return {}
  return value if isinstance(value, dict) else {}
