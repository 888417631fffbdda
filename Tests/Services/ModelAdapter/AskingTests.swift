import Domain
import Host
import Hummingbird
import HTTPTypes
import JSON
import Synchronization
import Testing
import Wire

@testable import countersign_model_adapter

@Suite struct AskingTests {
  private func ask(
    _ replies: [(HTTPResponse.Status, [HTTPField], String)]
  ) async throws -> (Result<Answer, ModelFailure>, asked: Int, pauses: [Double]) {
    let asked = Mutex(0), pauses = Mutex<[Double]>([]), outcome = Mutex<Result<Answer, ModelFailure>?>(nil)
    try await withServer { $0.post("/v1/chat/completions") { _, _ in
      let number = asked.withLock { count in defer { count += 1 }; return count }
      let (status, fields, text) = replies[min(number, replies.count - 1)]
      return Response(status: status, headers: HTTPFields(fields), body: .init(byteBuffer: .init(string: text)))
    } } _: { base in
      let web = WebClient(connections: 2)
      let provider = OpenAIProvider(
        OpenAISettings(base: "\(base)/v1", model: "m", key: "k", callLimit: 1), web: web,
        pause: { seconds in pauses.withLock { $0.append(seconds) } })
      let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
      let question = Question(request("bench", data), try Shipped.bench.get(), JSONObject(), now: nil)
      let result = await provider.ask(question)
      outcome.withLock { $0 = result }
      await web.shutdown()
    }
    return (try #require(outcome.withLock { $0 }), asked.withLock { $0 }, pauses.withLock { $0 })
  }

  private func chat(_ content: String) -> String {
    let reply: JSON = ["choices": [["message": ["content": .string(content)], "finish_reason": "stop"]]]
    return reply.text
  }

  private func right() throws -> String {
    let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
    let question = Question(request("bench", data), try Shipped.bench.get(), JSONObject(), now: nil)
    return chat(try #require(try Shipped.provider.get().answer(question)).get().output.text)
  }

  @Test func anOverloadedServerIsAskedAgainAfterTheTimeItNames() async throws {
    let retry = HTTPField(name: .retryAfter, value: "7")
    let (result, asked, pauses) = try await ask([(.tooManyRequests, [retry], ""), (.ok, [], right())])
    #expect(throws: Never.self) { try result.get() }
    #expect(asked == 2 && pauses.count == 1 && pauses[0] >= 7 && pauses[0] < 8)
  }

  @Test func aServerThatStaysAwayIsUnavailable() async throws {
    let (result, asked, _) = try await ask([(.serviceUnavailable, [], "")])
    #expect(throws: ModelFailure(.modelUnavailable, "the model did not answer: status 503")) { try result.get() }
    #expect(asked == OpenAIProvider.attempts)
  }

  @Test func patienceThatNobodyHasEndsAtOnce() async throws {
    let (result, asked, _) = try await ask([(.tooManyRequests, [HTTPField(name: .retryAfter, value: "3600")], "")])
    #expect(throws: ModelFailure(.modelUnavailable, "the model did not answer: the quota is used up (429)")) { try result.get() }
    #expect(asked == 1)
  }

  @Test func aRefusedRequestIsNotRepeated() async throws {
    let (result, asked, _) = try await ask([(.unauthorized, [], "")])
    #expect(throws: ModelFailure(.modelFailed, "the model's server refused the request with 401")) { try result.get() }
    #expect(asked == 1)
  }

  @Test func anAnswerThatDoesNotFitIsMendedOnce() async throws {
    let (mended, twice, _) = try await ask([(.ok, [], chat("hm")), (.ok, [], right())])
    #expect(throws: Never.self) { try mended.get() }
    #expect(twice == 2)
    let (broken, again, _) = try await ask([(.ok, [], chat("hm"))])
    guard case .failure(let failure) = broken else { Issue.record("took it"); return }
    #expect(failure.code == .modelFailed && again == 2)
  }
}
