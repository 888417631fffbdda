import AsyncHTTPClient
import Host
import Identity
import Wire

@testable import countersign_reviewer

extension DeskHouse {
  /// A browser in which somebody has signed in, and what its forms send as `token`.
  func signedIn(_ person: Person, _ client: HTTPClient, at moment: Instant = .now) -> (browser: Browser, token: String) {
    let browser = Browser(url, client)
    let cookie = String(sessions.cookie(for: person, now: moment).prefix { $0 != ";" }.dropFirst(sessions.cookieName.count + 1))
    browser.cookies[sessions.cookieName] = cookie
    return (browser, sessions.formToken(cookie: cookie))
  }
}

extension WebClient {
  /// A client that is shut down however it ends.
  static func with(connections: Int, _ body: (WebClient) async throws -> Void) async throws {
    let web = WebClient(connections: connections)
    let result: Result<Void, any Error>
    do { result = .success(try await body(web)) } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }
}
