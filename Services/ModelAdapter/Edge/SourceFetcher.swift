import Bundles
import Host
import JSON
import JSONSchema
import NIOHTTP1
import Permits
import Vault
import Wire

/// Fetches records of HTTP sources, and takes private values out of them before anyone else sees them.
struct SourceFetcher: Sendable {
  let web: WebClient
  /// Before paths of sources: scheme, host and port.
  let base: String
  /// For `base` only; never sent to an address that a policy names whole.
  let bearer: String?
  let tokeniser: Tokeniser

  static let mostBytes = 1 << 20

  func fetch(_ source: Source, _ workflow: Workflow, _ data: JSON, caseID: String) async -> Fetched {
    guard let address = source.address(for: data) else { return Fetched(outcome: .missing) }
    let isPath = address.hasPrefix("/")
    let reply: WebClient.Reply
    do {
      reply = try await web.call(
        isPath ? base + address : address, bearer: isPath ? bearer : nil, limit: SourceFetcher.mostBytes,
        milliseconds: source.timeoutMilliseconds)
    } catch .timedOut {
      return Fetched(outcome: .failed("did not answer within \(source.timeoutMilliseconds) ms"))
    } catch .tooLarge {
      return Fetched(outcome: .failed("answered with more than \(SourceFetcher.mostBytes) bytes"))
    } catch {
      return Fetched(outcome: .failed("could not be reached"))
    }
    switch reply.status {
    case 200: return read(reply, source, workflow, id: address, caseID: caseID)
    case 404, 410: return Fetched(outcome: .missing)
    default: return Fetched(outcome: .failed("answered \(reply.status)"))
    }
  }

  /// What an answer holds, tokenised by the marks of the source's schema.
  func read(_ reply: WebClient.Reply, _ source: Source, _ workflow: Workflow, id: String, caseID: String) -> Fetched {
    let json: JSON
    do { json = try JSON.parse(reply.body) } catch { return Fetched(outcome: .failed("answered with no JSON (\(error.code))")) }
    guard json.object != nil else { return Fetched(outcome: .failed("answered with no JSON object")) }
    var marks: [PrivateMark] = []
    if let schema = workflow.sourceSchemas[source.name] {
      let (violations, found) = schema.validate(json, collecting: PrivateMark.keywords)
      if let first = violations.first {
        return Fetched(outcome: .failed("does not fit its schema at \(first.pointer): \(first.expected)"))
      }
      marks = found.compactMap { PrivateMark(pointer: $0.pointer, keyword: $0.keyword, value: $0.value) }
    }
    let tokenised = tokeniser.tokenise(json, marks, caseID: caseID)
    let age = reply.headers.first(name: "Age").flatMap { Int64($0) }.map { min(max($0, 0), 1_000_000_000) } ?? 0
    var fetched = Fetched(
      outcome: .found(id: String(id.prefix(200)), fields: tokenised.data, score: nil, age: age), values: tokenised.values)
    if source.current {
      var generator = SystemRandomNumberGenerator()
      let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
      fetched.pre = preconditionDigest(json, salt: salt)
      fetched.salt = String(decoding: base64url(salt), as: UTF8.self)
    }
    return fetched
  }
}
