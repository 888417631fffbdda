/// What looks like a character of ASCII and is none (after Unicode's confusables, UTS #39, those that fonts do not tell apart).
enum LookalikeTable {
  /// Letters that are at home in their own words.
  static let letters: [UInt32: Character] = pairs([
    // Cyrillic
    "аa", "еe", "оo", "рp", "сc", "уy", "хx", "ѕs", "іi", "јj", "һh", "ԁd", "ԛq", "ԝw", "ӏl", "ѵv", "АA", "ВB", "ЕE", "КK", "МM", "НH",
    "ОO", "РP", "СC", "ТT", "УY", "ХX", "ЅS", "ІI", "ЈJ", "ӀI", "ԌG", "Ԛ\u{51}", "ԜW", "ҮY", "ɡg",
    // Greek
    "οo", "αa", "νv", "ρp", "ιi", "υu", "κk", "γy", "χx", "ωw", "ηn", "ΑA", "ΒB", "ΕE", "ΖZ", "ΗH", "ΙI", "ΚK", "ΜM", "ΝN", "ΟO", "ΡP", "ΤT", "ΥY",
    "ΧX", "ϲc", "ϳj",
    // Armenian, Cherokee
    "օo", "սu", "հh", "ոn", "ցg", "զq", "Ꭺ\u{41}", "Ꭼ\u{45}", "ᎻH", "ᎷM", "ᏀG", "ᏃZ", "ᏴB", "ᏟC", "ᎠD", "ᏚS", "ᏔW", "ᎪA",
    // Latin beyond ASCII
    "ɑa", "ȷj", "ǀl", "ɩi", "ʋv", "ᴏo", "ᴄc", "ᴠv", "ᴡw", "ᴢz", "ꜱs",
  ])

  /// Signs that stand for other signs, in addresses above all.
  static let signs: [UInt32: Character] = pairs([
    "⁄/", "∕/", "⧸/", "／/", "․.", "．.", "｡.", "：:", "꞉:", "∶:", "＠@", "ǃ!", "﹒.", "﹕:", "﹫@",
  ])

  /// What is never at home in a text: letters for mathematics and numerals that are one character.
  static func always(_ value: UInt32) -> Character? {
    switch value {
    case 0x212A: "K"
    case 0x2113: "l"
    case 0x2160...0x217F: numerals[Int(value - 0x2160)]
    case 0x1D400...0x1D6A3: letter(Int(value - 0x1D400) % 52)
    case 0x1D7CE...0x1D7FF: Character(Unicode.Scalar(UInt8(0x30 + (value - 0x1D7CE) % 10)))
    case 0x24B6...0x24E9: letter(Int(value - 0x24B6))
    case 0xFF21...0xFF3A: Character(Unicode.Scalar(UInt8(value - 0xFF21 + 0x41)))
    case 0xFF41...0xFF5A: Character(Unicode.Scalar(UInt8(value - 0xFF41 + 0x61)))
    default: nil
    }
  }

  private static func letter(_ index: Int) -> Character {
    Character(Unicode.Scalar(UInt8(index < 26 ? 0x41 + index : 0x61 + index - 26)))
  }

  /// One letter for those that are one; the others begin with it.
  private static let numerals: [Character] = Array("IIIIVVVVIXXXLCDMiiiivvvvixxxlcdm")

  private static func pairs(_ pairs: [String]) -> [UInt32: Character] {
    var table: [UInt32: Character] = [:]
    for pair in pairs {
      let scalars = Array(pair.unicodeScalars)
      if scalars.count == 2 { table[scalars[0].value] = Character(scalars[1]) }
    }
    return table
  }
}
