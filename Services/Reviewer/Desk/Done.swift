import Host
import Hummingbird
import Wire

/// A decision that somebody has just made, as the next page's address carries it: until its release it can be taken back.
struct Done: Sendable {
  let key: String
  /// When it is released, by the wall clock; nil where others are still needed.
  let release: Instant?

  init(_ key: String, _ release: String?) {
    self.key = key
    self.release = release.flatMap { Instant(rfc3339: $0) }
  }

  init?(_ request: Request) {
    let query = request.uri.queryParameters
    guard let key = query["done"].map(String.init), key.utf8.count == 36 else { return nil }
    self.key = key
    release = query["until"].flatMap { Int64($0) }.map { Instant(microseconds: max(0, min($0, 1 << 40)) * 1_000_000) }
  }

  var query: String { "?done=\(key)" + (release.map { "&until=\($0.unixSeconds)" } ?? "") }

  func html(formToken: String) -> HTML {
    let left = release.map { max(0, $0.seconds(since: .now)) }
    if let left, left <= 0 { return "" }
    let clock: HTML = left.map { " It goes out in <b data-real=\"\(Int64($0))\">\(Plain.span($0))</b>." } ?? " Others are still needed."
    return """
      <form class="notice undo" method="post" action="/tasks/\(attribute: key)/undo"><span role="status">Decided.\(clock)</span>
      <input type="hidden" name="token" value="\(attribute: formToken)"><button data-key="z">Take it back <kbd>Z</kbd></button></form>
      """
  }
}
