import Foundation
import Wire
import Yams

/// How people sign in: who the provider is, and what its claims mean here. Read from the YAML file that `IDENTITY` names
/// (`deploy/identity.yaml` is one with all that can be said).
public struct IdentityFile: Sendable {
  public let issuer: String
  public let clientID: String
  /// Nil of a public client, which has PKCE alone.
  public let clientSecret: String?
  public let scopes: [String]
  public let algorithms: Set<TokenAlgorithm>
  /// Plain http is taken, for a provider on this machine alone.
  public let isLoopback: Bool
  /// Nil where no JWT is taken by the API.
  public let api: API?
  public let claims: ClaimsMap

  public struct API: Sendable {
    public let audience: String
    public let clients: Set<String>
    /// How long after its issue a token counts. The provider is not asked again about a token, so access ends no sooner.
    public let seconds: Int64
  }

  public static let defaultScopes = ["openid", "profile", "email", "offline_access"]

  /// - Parameters:
  ///   - yaml: the file's text.
  ///   - folder: where relative paths of files begin.
  /// - Throws: `PeopleError` with every mistake.
  public init(_ yaml: String, folder: URL) throws {
    var reader = IdentityReader(folder: folder)
    guard let root = try Yams.compose(yaml: yaml)?.mapping else { throw PeopleError(mistakes: ["line 1: a mapping with issuer and client_id was expected"]) }
    reader.know(root, ["issuer", "client_id", "client_secret_file", "scopes", "algorithms", "loopback", "api", "claims", "groups"])
    isLoopback = reader.flag(root, "loopback")
    issuer = reader.address(root, "issuer", isLoopback: isLoopback)
    clientID = reader.text(root, "client_id") ?? ""
    if clientID.isEmpty { reader.note("client_id: the name under which the provider knows this installation was expected") }
    clientSecret = reader.secret(root, "client_secret_file")
    scopes = reader.texts(root, "scopes") ?? Self.defaultScopes
    if !scopes.contains("openid") { reader.note("scopes: openid is missing") }
    algorithms = reader.algorithms(root)
    claims = reader.claims(root)
    api = reader.api(root, clientID: clientID)
    guard reader.mistakes.isEmpty else { throw PeopleError(mistakes: reader.mistakes) }
  }

  public init(path: String) throws {
    let url = URL(fileURLWithPath: path)
    try self.init(String(contentsOf: url, encoding: .utf8), folder: url.deletingLastPathComponent())
  }

  /// Whether secrets may be sent to an address: by https, or to this machine where the file says so.
  public static func isAllowed(_ text: String, isLoopback: Bool) -> Bool {
    guard text.utf8.count <= 500, let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
      url.password == nil, url.fragment == nil
    else { return false }
    return url.scheme == "https" || (isLoopback && url.scheme == "http" && ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host))
  }

  /// Of ID tokens and logout tokens, whose audience is this client.
  public var clientRules: TokenRules { TokenRules(issuer: issuer, audience: clientID, algorithms: algorithms) }

  /// Of access tokens; nil where the API takes none.
  public var accessRules: TokenRules? {
    api.map { TokenRules(issuer: issuer, audience: $0.audience, algorithms: algorithms, parties: $0.clients, seconds: $0.seconds) }
  }
}
