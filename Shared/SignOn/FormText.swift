import Wire

/// `application/x-www-form-urlencoded`, as queries and token requests have it.
public func formText(_ members: [(String, String)]) -> String {
  members.map { "\(formEscaped($0))=\(formEscaped($1))" }.joined(separator: "&")
}

/// Everything but letters, digits and `-._~` by its bytes.
public func formEscaped(_ text: String) -> String {
  var escaped = ""
  for byte in text.utf8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: escaped.unicodeScalars.append(Unicode.Scalar(byte))
    default: escaped += "%" + hex([byte]).uppercased()
    }
  }
  return escaped
}
