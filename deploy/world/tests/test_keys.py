import http.server
import tempfile
import threading
import unittest
from unittest import mock

from support import Signer

import jwt
from permits import key_source


class Keys(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    body = self.server.signer.jwks().encode()
    self.send_response(200)
    self.send_header("Content-Length", str(len(body)))
    self.end_headers()
    self.wfile.write(body)

  def log_message(self, *_):
    pass


class KeySources(unittest.TestCase):
  def setUp(self):
    self.signer = Signer("one")
    self.server = http.server.HTTPServer(("127.0.0.1", 0), Keys)
    self.server.signer = self.signer
    self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
    self.thread.start()
    self.place = f"http://127.0.0.1:{self.server.server_port}/jwks"
    # What was read is old at once: each question goes to the server.
    class Fresh(jwt.PyJWKClient):
      def __init__(self, place, **options):
        super().__init__(place, **options | {"cache_jwk_set": False, "cooldown_duration": 0})

    fresh = mock.patch("permits.jwt.PyJWKClient", Fresh)
    fresh.start()
    self.addCleanup(fresh.stop)

  def tearDown(self):
    self.stop()

  def stop(self):
    if self.thread.is_alive():
      self.server.shutdown()
      self.thread.join()
      self.server.server_close()

  def test_a_key_that_was_read_outlives_the_server_where_it_may(self):
    key_of = key_source(self.place, outlives=True)
    self.assertEqual(key_of("one").key_id, "one")
    self.stop()
    self.assertEqual(key_of("one").key_id, "one")
    with self.assertRaises(jwt.PyJWKClientConnectionError):
      key_of("two")

  def test_and_nowhere_else(self):
    key_of = key_source(self.place)
    self.assertEqual(key_of("one").key_id, "one")
    self.stop()
    with self.assertRaises(jwt.PyJWKClientConnectionError):
      key_of("one")

  def test_a_key_that_the_server_has_withdrawn_counts_no_more(self):
    key_of = key_source(self.place, outlives=True)
    key_of("one")
    self.server.signer = Signer("two")
    with self.assertRaises(jwt.PyJWKClientError) as caught:
      key_of("one")
    self.assertNotIsInstance(caught.exception, jwt.PyJWKClientConnectionError)

  def test_a_file_is_read_each_time(self):
    with tempfile.NamedTemporaryFile("w+") as file:
      file.write(self.signer.jwks())
      file.flush()
      key_of = key_source(file.name)
      self.assertEqual(key_of("one").key_id, "one")
      self.assertIsNone(key_of("two"))


if __name__ == "__main__":
  unittest.main()
