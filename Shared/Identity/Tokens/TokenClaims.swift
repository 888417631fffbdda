import JSON

/// The claims of a token, or of the provider's answer about a person.
public struct TokenClaims: Sendable {
  public let json: JSON

  public init(_ json: JSON) { self.json = json }

  public var subject: String { json["sub"]?.string ?? "" }
  /// The provider's session, where it names one.
  public var session: String? { json["sid"]?.string.flatMap { (1...255).contains($0.utf8.count) ? $0 : nil } }
  public var issuedAt: Int64 { seconds("iat") ?? 0 }
  /// When the person has last shown who they are.
  public var authenticatedAt: Int64? { seconds("auth_time") }

  /// How: the methods (`amr`, RFC 8176), else the class (`acr`), else only that the provider said so.
  public var strength: String {
    let methods = (json["amr"]?.array ?? []).compactMap(\.string).filter { !$0.isEmpty && $0.utf8.count <= 20 }.prefix(8)
    if !methods.isEmpty { return methods.joined(separator: " ") }
    return json["acr"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 80 ? nil : $0 } ?? "oidc"
  }

  /// Nil where `aud` is no text and no list of texts.
  var audiences: [String]? {
    if let one = json["aud"]?.string { return [one] }
    guard let list = json["aud"]?.array, !list.isEmpty, list.count <= 50 else { return nil }
    let texts = list.compactMap(\.string)
    return texts.count == list.count ? texts : nil
  }

  /// A `NumericDate` (RFC 7519), which may have a fraction.
  func seconds(_ name: String) -> Int64? {
    let value = json[name]?.integer ?? json[name]?.double.flatMap { $0.magnitude < 0x1p40 ? Int64($0) : nil }
    return value.flatMap { $0.magnitude < 1 << 40 ? $0 : nil }
  }

  /// A claim by its name, or by a JSON pointer where it begins with `/`.
  func at(_ place: String) -> JSON? { place.hasPrefix("/") ? json.at(pointer: place) : json[place] }
}
