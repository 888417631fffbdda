/// Sets of characters of ECMA-262 as they stand inside of an RE2 class.
enum CharacterSets {
  /// WhiteSpace and LineTerminator of ECMA-262, section 12.
  static let space = #"\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}"#

  static let notSpace =
    #"\x{0}-\x{8}\x{E}-\x{1F}!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}"#
    + #"\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}"#

  /// A Unicode property by the name between the braces; nil for one that RE2 has not.
  static func property(_ name: String, isNegated: Bool) -> String? {
    let letter = isNegated ? "P" : "p"
    switch name {
    case "Any": return isNegated ? nil : #"\x{0}-\x{10FFFF}"#
    case "ASCII": return isNegated ? #"\x{80}-\x{10FFFF}"# : #"\x{0}-\x{7F}"#
    default: break
    }
    let parts = name.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    switch (parts.first, parts.count) {
    case ("General_Category", 2), ("gc", 2): return category(parts[1]).map { "\\\(letter){\($0)}" }
    case ("Script", 2), ("sc", 2), ("Script_Extensions", 2), ("scx", 2):
      return parts[1].count < 3 ? nil : "\\\(letter){\(parts[1])}"
    case (_, 1): return category(name).map { "\\\(letter){\($0)}" }
    default: return nil
    }
  }

  /// The short name of a general category.
  private static func category(_ name: String) -> String? {
    if let short = longNames[name] { return short }
    return longNames.values.contains(name) ? name : nil
  }

  private static let longNames = [
    "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Private_Use": "Co", "Surrogate": "Cs",
    "Letter": "L", "Lowercase_Letter": "Ll", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Titlecase_Letter": "Lt",
    "Uppercase_Letter": "Lu", "Mark": "M", "Combining_Mark": "M", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me",
    "Nonspacing_Mark": "Mn", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd", "Letter_Number": "Nl",
    "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd",
    "Close_Punctuation": "Pe", "Final_Punctuation": "Pf", "Initial_Punctuation": "Pi", "Other_Punctuation": "Po",
    "Open_Punctuation": "Ps", "Symbol": "S", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Math_Symbol": "Sm",
    "Other_Symbol": "So", "Separator": "Z", "Line_Separator": "Zl", "Paragraph_Separator": "Zp",
    "Space_Separator": "Zs",
  ]
}
