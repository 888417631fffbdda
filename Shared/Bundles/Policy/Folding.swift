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
  case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x2800, 0x3000: return " "
  // Marks that stand on a letter, and what takes no place or an empty one: fillers and variation selectors.
  case 0x300...0x36F, 0x483...0x489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: return nil
  case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x3164, 0xFE00...0xFE0F, 0xFFA0, 0xFFF9...0xFFFB, 0x1D173...0x1D17A,
    0xE0000...0xE0FFF:
    return nil
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

/// The Latin letter of which a character's name says that it is a form: with a mark, in a circle, raised, small capital, script.
private func form(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
  guard let name = scalar.properties.name else { return nil }
  let words = (name.firstRange(of: " WITH ").map { name[..<$0.lowerBound] } ?? name[...]).split(separator: " ")
  guard let last = words.last, last.utf8.count == 1, let letter = last.unicodeScalars.first, (0x41...0x5A).contains(letter.value),
    !words.contains("SHARP"), words.contains("LETTER") || ["SMALL", "CAPITAL"].contains(words.dropLast().last ?? "")
  else { return nil }
  return words.contains("SMALL") ? Unicode.Scalar(letter.value + 0x20) : letter
}

/// Where such characters stand.
private let forms: [ClosedRange<UInt32>] = [
  0xC0...0x2AF, 0x1D00...0x1DBF, 0x1E00...0x1EFF, 0x2071...0x209C, 0x2100...0x214F, 0x249C...0x24E9, 0x2C60...0x2C7F,
  0xA720...0xA7FF, 0xAB30...0xAB6F, 0x1F110...0x1F18F, 0x1F1E6...0x1F1FF,
]

/// Cyrillic, Greek, Armenian, Cherokee and Lisu letters that look like Latin ones in common typefaces, and forms of Latin letters as the
/// letters themselves. Names of characters never change, so every build finds the same.
private let lookAlikes: [UInt32: Unicode.Scalar] = {
  let pairs: [(String, String)] = [
    ("АВЕЅІЈКМНОРСТХҮԁаеѕіјорсухԛԝһ", "ABESIJKMHOPCTXYdaesijopcyxqwh"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορτυχκ", "ABEZHIKMNOPTYXaivoptuxk"),
    ("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ", "AAAAAACEEEEIIIINOOOOOOUUUUY"),
    ("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿıłĺ", "aaaaaaceeeeiiiinoooooouuuuyyill"),
    ("ѴѵӀӏϲϹϳͿɑɩ\u{210E}", "VvIlcCjJaih"),
    ("օոսհցյ", "onuhgj"),
    ("ᎠᎡᎢᎩᎪᎫᎬᎳᎷᎻᏀᏃᏍᏙᏚᏞᏟᏢᏦ", "DRTYAJEWMHGZSVSLCPK"),
    ("ꓐꓑꓒꓓꓔꓖꓗꓙꓚꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPdDTGKJCFMNLSRVHWXYAEIOU"),
  ]
  var table: [UInt32: Unicode.Scalar] = [:]
  for value in forms.joined() {
    if let scalar = Unicode.Scalar(value), let letter = form(scalar) { table[value] = letter }
  }
  for (from, to) in pairs { for (a, b) in zip(from.unicodeScalars, to.unicodeScalars) { table[a.value] = b } }
  return table
}()
