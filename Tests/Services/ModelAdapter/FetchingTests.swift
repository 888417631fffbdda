import Bundles
import Host
import Hummingbird
import HTTPTypes
import JSON
import Permits
import Synchronization
import Testing
import Wire

@testable import countersign_model_adapter

@Suite struct FetchingTests {
  private static let ticket =
    #"{"id":"T-1001","subject":"Export","status":"open","requester":{"name":"Mira Okafor","mail":"m@h.example"}}"#

  /// - Parameter milliseconds: how long an answer is waited for; by default longer than other tests can keep the machine busy.
  private static func fetch(_ base: String, milliseconds: Int = 60_000) async throws -> Fetched {
    let workflow = try Shipped.tickets.get()
    var source = try #require(workflow.sources.first)
    source.timeoutMilliseconds = milliseconds
    let web = WebClient(connections: 2)
    let fetcher = SourceFetcher(web: web, base: base, bearer: "secret", tokeniser: Shipped.tokeniser)
    let fetched = await fetcher.fetch(source, workflow, ["ticket": "T-1001"], caseID: "case-1")
    await web.shutdown()
    return fetched
  }

  private static func text(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: .init(string: text)))
  }

  @Test func privateValuesLeaveTheRecordAndTheDigestIsOfWhatCame() async throws {
    try await withServer { $0.get("/tickets/T-1001") { request, _ in
      request.headers[.authorization] == "Bearer secret" ? Self.text(Self.ticket) : Self.text("{}", .unauthorized)
    } } _: { base in
      let fetched = try await Self.fetch(base)
      guard case .found(let id, let fields, _, _) = fetched.outcome else { Issue.record("\(fetched)"); return }
      #expect(id == "/tickets/T-1001")
      #expect(!fields.text.contains("Mira") && fields["requester"]?["name"]?.string?.hasPrefix("tok_name_") == true)
      #expect(Set(fetched.values.values) == ["Mira Okafor", "m@h.example"])
      let salt = try #require(fetched.salt.flatMap { bytes(base64url: $0.utf8) })
      #expect(salt.count == 16)
      #expect(fetched.pre == preconditionDigest(try JSON.parse(Array(Self.ticket.utf8)), salt: salt))
    }
  }

  @Test func whatIsNotThereIsMissing() async throws {
    try await withServer { _ in } _: { base in
      let fetched = try await Self.fetch(base)
      guard case .missing = fetched.outcome else { Issue.record("\(fetched)"); return }
    }
  }

  @Test(arguments: [
    #"{"id":7}"#, "[]", "no", #"{"id":"a","id":"b"}"#, #"{"id":"T","subject":"\#(String(repeating: "x", count: 1 << 20))"}"#,
  ])
  func hostileAnswersAreFailures(answer: String) async throws {
    try await withServer { $0.get("/tickets/T-1001") { _, _ in Self.text(answer) } } _: { base in
      let fetched = try await Self.fetch(base)
      guard case .failed = fetched.outcome else { Issue.record("\(fetched)"); return }
      #expect(fetched.values.isEmpty && fetched.pre == nil)
    }
  }

  @Test func redirectsAreNotFollowed() async throws {
    try await withServer { router in
      router.get("/tickets/T-1001") { _, _ in Response(status: .found, headers: [.location: "/elsewhere"]) }
      router.get("/elsewhere") { _, _ in Self.text(Self.ticket) }
    } _: { base in
      guard case .failed("answered 302") = try await Self.fetch(base).outcome else { Issue.record("followed"); return }
    }
  }

  /// A minute of blanks: whoever waits for all of it learns that they are no JSON.
  @Test func aBodyThatDripsIsCutOff() async throws {
    let whole = 1_200
    let sent = Mutex(0)
    try await withServer { $0.get("/tickets/T-1001") { _, _ in
      Response(status: .ok, body: ResponseBody { writer in
        for _ in 0..<whole {
          try await writer.write(.init(string: " "))
          sent.withLock { $0 += 1 }
          try await Task.sleep(for: .milliseconds(50))
        }
        try await writer.finish(nil)
      })
    } } _: { base in
      guard case .failed("did not answer within 800 ms") = try await Self.fetch(base, milliseconds: 800).outcome else {
        Issue.record("it waited")
        return
      }
    }
    #expect(sent.withLock { $0 } < whole)
  }

  @Test func aServerThatIsAwayIsAFailure() async throws {
    guard case .failed = try await Self.fetch("http://127.0.0.1:1").outcome else { Issue.record("answered"); return }
  }
}
