/// Appends a text as prohibited phrases see it: without invisible characters and with look-alikes as Latin letters, so
/// that "ｇｕarаntee" (with a Cyrillic а) is found as "guarantee".
func appendFolded(_ text: String, to bytes: inout [UInt8]) {
  var text = text
  let plain = text.withUTF8 { utf8 in
    guard utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A }) else { return false }
    bytes.append(contentsOf: utf8)
    return true
  }
  if plain { return }
  for scalar in text.unicodeScalars {
    guard let seen = folded(scalar) else { continue }
    bytes.append(contentsOf: UTF8.encode(seen) ?? UTF8.encodedReplacementCharacter)
  }
}

/// The character that a reader takes it for; nil where a reader sees nothing.
private func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
  let value = scalar.value
  switch value {
  case 0x09, 0x0A, 0x0D: return " "
  case 0x20..<0x7F: return scalar
  case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: return " "
  case 0x300...0x36F: return nil
  case 0x2018, 0x2019, 0x2BC: return "'"
  case 0x2010...0x2015, 0x2212: return "-"
  case 0xFF01...0xFF5E: return Unicode.Scalar(value - 0xFEE0)
  case 0x1D400...0x1D6A3:
    // Mathematical letters: thirteen alphabets of 26 capitals and 26 small letters.
    let letter = (value - 0x1D400) % 52
    return Unicode.Scalar(letter < 26 ? 0x41 + letter : 0x61 + letter - 26)
  default: return scalar.isHidden ? nil : lookAlikes[value] ?? scalar
  }
}

/// Cyrillic and Greek letters that look like Latin ones in common typefaces, and accented Latin letters without their
/// accents.
private let lookAlikes: [UInt32: Unicode.Scalar] = {
  let pairs: [(String, String)] = [
    ("АВЕЅІЈКМНОРСТХҮԁаеѕіјорсухԛԝһ", "ABESIJKMHOPCTXYdaesijopcyxqwh"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορτυχκ", "ABEZHIKMNOPTYXaivoptuxk"),
    ("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ", "AAAAAACEEEEIIIINOOOOOOUUUUY"),
    ("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿıłĺ", "aaaaaaceeeeiiiinoooooouuuuyyill"),
  ]
  var table: [UInt32: Unicode.Scalar] = [:]
  for (from, to) in pairs { for (a, b) in zip(from.unicodeScalars, to.unicodeScalars) { table[a.value] = b } }
  return table
}()
