import JSON
import Testing
import Wire

@testable import countersign_model_adapter

@Suite struct ChatExchangeTests {
  private func exchange() throws -> ChatExchange {
    let workflow = try Shipped.bench.get()
    let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
    return try ChatExchange(Question(request("bench", data), workflow, JSONObject(), now: nil), model: "m")
  }

  private func reply(_ content: JSON, finish: String = "stop", more: [(String, JSON)] = []) -> JSON {
    let choice = JSONObject([("message", ["content": content]), ("finish_reason", .string(finish))] + more)
    return ["model": "m-1", "system_fingerprint": "fp", "choices": [.object(choice)]]
  }

  private func label() throws -> String {
    let data = try Shipped.sample("benchmarks/workflows/bench/samples/one.json")
    let question = Question(request("bench", data), try Shipped.bench.get(), JSONObject(), now: nil)
    return try #require(try Shipped.provider.get().answer(question)).get().output.text
  }

  @Test func asksWithTheOutputSchemaAndTheItemAsData() throws {
    let body = try JSON.parse(exchange().body(repairing: nil))
    #expect(body["response_format"]?["json_schema"]?["schema"] == (try Shipped.bench.get().output?.json))
    #expect(body["messages"]?.array?.count == 2)
    let user = try #require(body["messages"]?.array?.last?["content"]?.string)
    #expect(try JSON.parse(Array(user.utf8))["item"] == Shipped.sample("benchmarks/workflows/bench/samples/one.json"))
  }

  @Test func takesAnAnswerThatFitsWithoutAProbability() throws {
    let logprobs: JSON = ["content": [["logprob": -0.5], ["logprob": -0.25]]]
    let answer = try exchange().read(reply(.string(try label()), more: [("logprobs", logprobs)])).get()
    #expect(answer.probability == nil && answer.calibration == "none")
    #expect(answer.rawScore == -0.375 && answer.scoreKind == "logprob")
    #expect(answer.modelVersion == "m-1/fp")
    #expect(try exchange().read(reply(.string(try label()))).get().scoreKind == "none")
  }

  @Test func whatCanBeMendedIsAskedAgainAndTheRestIsNot() throws {
    let exchange = try exchange()
    func flaw(_ reply: JSON) -> ChatExchange.Flaw? {
      if case .failure(let flaw) = exchange.read(reply) { flaw } else { nil }
    }
    #expect(flaw(reply("I think so"))?.isRepairable == true)
    #expect(flaw(reply("{\"label\": 7}"))?.isRepairable == true)
    #expect(flaw(reply("{\"label\": \"x\"}{}"))?.isRepairable == true)
    #expect(flaw(reply(.string(try label()), finish: "length"))?.isRepairable == false)
    #expect(flaw(reply(.string(String(repeating: "[", count: 200_000))))?.isRepairable == false)
    #expect(flaw(["choices": [["message": ["refusal": "no"]]]])?.reason == "the model refused")
    for hostile: JSON in [.null, [], ["choices": []], ["choices": [7]], ["choices": [["message": 1]]]] {
      #expect(flaw(hostile)?.isRepairable == false)
    }
    let first = try #require(flaw(reply("I think so")))
    #expect(try JSON.parse(exchange.body(repairing: first))["messages"]?.array?.count == 4)
  }
}
