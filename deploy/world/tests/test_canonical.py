import unittest

import support  # noqa: F401 (finds the modules)
from canonical import canonical


class Canonical(unittest.TestCase):
  def test_sorts_names_by_utf16_units_and_escapes_as_rfc_8785_section_3_2(self):
    value = {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "ö": "Latin Small Letter O With Diaeresis"}
    self.assertEqual(canonical(value).decode(), (
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",'
      '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'))

  def test_writes_text_and_literals_as_the_rfc_does(self):
    self.assertEqual(canonical({"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}).decode(),
                     '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
    self.assertEqual(canonical("\b\t\n\f\r\x1f\x7f\u2028</").decode(), '"\\b\\t\\n\\f\\r\\u001f\x7f\u2028</"')

  def test_keeps_combining_characters_as_they_are(self):
    self.assertNotEqual(canonical("é"), canonical("e\u0301"))

  def test_numbers_are_safe_integers_only(self):
    self.assertEqual(canonical([0, -1, 2**53 - 1, -(2**53 - 1)]), b"[0,-1,9007199254740991,-9007199254740991]")
    for number in (0.5, 1.0, 2**53, -(2**53), float("nan"), float("inf")):
      with self.assertRaises(ValueError):
        canonical({"amount": number})

  def test_refuses_lone_surrogates_and_depth_without_crashing(self):
    deep = []
    for _ in range(100_000):
      deep = [deep]
    for value in ("\ud800", {"\udc00": 1}, deep):
      with self.assertRaises(ValueError):
        canonical(value)


if __name__ == "__main__":
  unittest.main()
