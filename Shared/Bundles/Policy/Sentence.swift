import CEL

/// The one sentence of a rule, with places for the values seen: `{item.amount.minor|money item.amount.currency}`.
struct Sentence: Sendable {
  enum Form: Sendable {
    case plain
    case percent
    /// Minor units, shown with the currency that the expression gives.
    case money(Expression)
  }
  enum Piece: Sendable {
    case text(String)
    case shown(Expression, Form)
  }

  static let longest = 160
  /// Scalars of a text from the case that a sentence shows at most.
  private static let longestValue = 40

  /// What a place for a value counts in the length of a sentence.
  static let placeLength = 8

  let pieces: [Piece]

  /// In Unicode scalars.
  var length: Int {
    pieces.reduce(0) { sum, piece in
      if case .text(let text) = piece { sum + text.unicodeScalars.count } else { sum + Self.placeLength }
    }
  }

  /// The paths that it shows.
  var shows: [String] {
    pieces.flatMap { piece -> [String] in
      guard case .shown(let expression, _) = piece else { return [] }
      return expression.reads
    }
  }

  func render(in scope: Scope) -> String {
    var out = ""
    for piece in pieces {
      switch piece {
      case .text(let text): out += text
      case .shown(let expression, let form): out += Self.show(expression, form, scope)
      }
    }
    return clipped(out, to: Self.longest)
  }

  static func show(_ expression: Expression, _ form: Form, _ scope: Scope) -> String {
    guard case .success(let value) = expression.value(in: scope) else { return "(missing)" }
    switch (form, value) {
    case (.money(let currency), .int(let minor)):
      guard case .success(.string(let code)) = currency.value(in: scope) else { return "\(minor) (no currency)" }
      return money(minor, clipped(visible(code), to: 3))
    case (.percent, .double(let value)): return decimal(value * 100) + "%"
    case (.percent, .int(let value)): return decimal(Double(value) * 100) + "%"
    case (_, .double(let value)): return decimal(value)
    case (_, .int(let value)): return String(value)
    case (_, .uint(let value)): return String(value)
    case (_, .bool(let value)): return value ? "yes" : "no"
    case (_, .string(let text)): return clipped(visible(text), to: longestValue)
    case (_, .null): return "(none)"
    case (_, .list(let list)): return "\(list.count) entries"
    default: return clipped(visible(value.description), to: longestValue)
    }
  }
}

/// The text without what hides or reorders others, on one line.
func visible(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.isHidden || $0 == "\n" || $0 == "\t" }) else { return text }
  var out = String.UnicodeScalarView()
  for scalar in text.unicodeScalars where !scalar.isHidden {
    out.append(scalar == "\n" || scalar == "\t" ? " " : scalar)
  }
  return String(out)
}

/// The text, cut to so many Unicode scalars with "…" as the last.
func clipped(_ text: String, to most: Int) -> String {
  if text.utf8.count <= most { return text }
  guard text.unicodeScalars.count > most else { return text }
  return String(String.UnicodeScalarView(text.unicodeScalars.prefix(most - 1))) + "…"
}

/// Up to four decimals, cut and not rounded: 0.91996 must not read as 0.92 beside a threshold of 0.92.
func decimal(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return String(value) }
  // The small addend mends 0.57 * 10000 = 5699.999…; it is far below the last decimal shown.
  let scaled = Int64((abs(value) * 10_000 + 1e-6).rounded(.down))
  let sign = value < 0 && scaled > 0 ? "-" : ""
  let (whole, part) = scaled.quotientAndRemainder(dividingBy: 10_000)
  guard part > 0 else { return "\(sign)\(whole)" }
  var digits = String(10_000 + part).dropFirst()
  while digits.last == "0" { digits.removeLast() }
  return "\(sign)\(whole).\(digits)"
}

/// Minor units of an ISO 4217 currency: `1,234.50 EUR`, `1,235 JPY`.
func money(_ minor: Int64, _ currency: String) -> String {
  let places =
    switch currency {
    case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
      0
    case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
    default: 2
    }
  var digits = Array(String(minor.magnitude))
  while digits.count <= places { digits.insert("0", at: 0) }
  let fraction = String(digits.suffix(places))
  var whole = ""
  for (index, digit) in digits.dropLast(places).enumerated() {
    if index > 0, (digits.count - places - index) % 3 == 0 { whole += "," }
    whole.append(digit)
  }
  return (minor < 0 ? "-" : "") + whole + (places > 0 ? "." + fraction : "") + " " + currency
}
