/// A format of JSON Schema (validation, section 7) that can be asserted.
enum Format: String, Sendable, CaseIterable {
  case dateTime = "date-time"
  case date
  case time
  case duration
  case email
  case hostname
  case ipv4
  case ipv6
  case uri
  case uriReference = "uri-reference"
  case uuid
  case jsonPointer = "json-pointer"
  case relativeJSONPointer = "relative-json-pointer"
  case regex

  func matches(_ text: String) -> Bool {
    if self == .regex { return (try? Pattern(text)) != nil }
    var text = text
    return text.withUTF8 { matches(FormatReader($0)) }
  }

  private func matches(_ text: FormatReader) -> Bool {
    var reader = text
    let isWhole: Bool
    switch self {
    case .dateTime: isWhole = reader.date() && reader.take(oneOf: "Tt") && reader.time()
    case .date: isWhole = reader.date()
    case .time: isWhole = reader.time()
    case .duration: isWhole = reader.duration()
    case .email: isWhole = reader.email()
    case .hostname: isWhole = reader.hostname()
    case .ipv4: isWhole = reader.ipv4()
    case .ipv6: isWhole = reader.ipv6()
    case .uri: isWhole = reader.uri(needsScheme: true)
    case .uriReference: isWhole = reader.uri(needsScheme: false)
    case .uuid: isWhole = reader.uuid()
    case .jsonPointer: isWhole = reader.jsonPointer()
    case .relativeJSONPointer: isWhole = reader.relativeJSONPointer()
    case .regex: isWhole = true
    }
    return isWhole && reader.isAtEnd
  }
}
