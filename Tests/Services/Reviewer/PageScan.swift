/// What a browser would make of a page, as far as tests need it: its tags, and its text without what stands in fields.
struct PageScan {
  struct Tag {
    let name: String
    let attributes: [(name: String, value: String)]
  }
  private(set) var tags: [Tag] = []
  /// Text between tags; what stands in a field is raw by design and left out.
  private(set) var text = String.UnicodeScalarView()
  /// What follows a `<` that begins no tag of ours.
  private(set) var stray: [String] = []

  init(_ html: String) {
    let scalars = Array(html.unicodeScalars)
    var at = 0
    var isInField = false
    while at < scalars.count {
      guard scalars[at] == "<" else {
        if !isInField { text.append(scalars[at]) }
        at += 1
        continue
      }
      guard let end = scalars[at...].firstIndex(of: ">") else {
        stray.append("nothing")
        break
      }
      let inner = String(String.UnicodeScalarView(scalars[(at + 1)..<end]))
      at = end + 1
      guard let tag = PageScan.tag(inner) else {
        stray.append(String(inner.prefix(80)))
        continue
      }
      tags.append(tag)
      if tag.name == "textarea" { isInField = true }
      if tag.name == "/textarea" { isInField = false }
    }
  }

  private static func tag(_ inner: String) -> Tag? {
    let name = inner.prefix { !$0.isWhitespace }
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "/" || $0 == "!") }) else { return nil }
    var rest = inner[name.endIndex...]
    var attributes: [(String, String)] = []
    while true {
      rest = rest.drop { $0.isWhitespace }
      guard !rest.isEmpty else { return Tag(name: String(name), attributes: attributes) }
      let key = rest.prefix { !$0.isWhitespace && $0 != "=" }
      rest = rest[key.endIndex...]
      guard rest.first == "=" else {
        attributes.append((String(key), ""))
        continue
      }
      rest = rest.dropFirst()
      guard rest.first == "\"" else { return nil }
      rest = rest.dropFirst()
      let value = rest.prefix { $0 != "\"" }
      guard value.endIndex < rest.endIndex else { return nil }
      attributes.append((String(key), String(value)))
      rest = rest[rest.index(after: value.endIndex)...]
    }
  }

  func count(_ name: String) -> Int { tags.count { $0.name == name } }

  /// What is wrong with the page, whatever is shown on it.
  var mistakes: [String] {
    var found = stray.map { "stray <\($0)" }
    for tag in tags {
      if !Self.known.contains(tag.name.first == "/" ? String(tag.name.dropFirst()) : tag.name) { found.append("<\(tag.name)>") }
      for (name, value) in tag.attributes {
        if !name.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "-") }) || name.hasPrefix("on") || ["style", "srcdoc", "background"].contains(name) {
          found.append("<\(tag.name) \(name)>")
        }
        if ["href", "src", "action", "formaction"].contains(name), !(value.hasPrefix("#") || value.hasPrefix("/") && !value.hasPrefix("//")) {
          found.append("<\(tag.name) \(name)=\(value)>")
        }
      }
    }
    return found
  }

  private static let known: Set<String> = [
    "!doctype", "a", "aside", "b", "blockquote", "body", "br", "button", "code", "dd", "del", "details", "dialog", "div", "dl", "dt", "fieldset", "form", "h1", "h2",
    "head", "header", "html", "input", "ins", "kbd", "label", "legend", "li", "link", "main", "mark", "meta", "meter", "nav", "noscript", "ol", "option", "p", "script", "section", "select",
    "small", "span", "strong", "summary", "table", "tbody", "td", "textarea", "th", "thead", "time", "title", "tr", "ul",
  ]
}
