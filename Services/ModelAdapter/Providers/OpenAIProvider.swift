import Domain
import Host
import JSON
import NIOHTTP1
import Wire

struct OpenAISettings: Sendable {
  let base: String
  let model: String
  let key: String?
  let callLimit: Int
}

/// A model behind an OpenAI-compatible API (`POST /chat/completions` with a JSON Schema as response format).
///
/// Its answers are hostile data. Its probabilities mean nothing before they are calibrated, so there are none: such a
/// proposal always goes to a person until a calibration stands behind it.
struct OpenAIProvider: Provider {
  private let settings: OpenAISettings
  private let web: WebClient
  private let slots: Slots
  private let pause: @Sendable (Double) async throws -> Void

  static let attempts = 3
  static let attemptMilliseconds = 30_000
  static let mostBytes = 1 << 20
  /// A server may ask for so many seconds of patience at most; more is no answer in time.
  static let longestPause = 20.0

  init(
    _ settings: OpenAISettings, web: WebClient,
    pause: @escaping @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
  ) {
    self.settings = settings
    self.web = web
    self.pause = pause
    slots = Slots(settings.callLimit)
  }

  func answer(_ question: Question) -> Result<Answer, ModelFailure>? { nil }

  func ask(_ question: Question) async -> Result<Answer, ModelFailure> {
    await slots.take()
    let result: Result<Answer, ModelFailure>
    do { result = .success(try await converse(question)) } catch { result = .failure(error) }
    await slots.giveBack()
    return result
  }

  /// Asks, and once more with what was wrong where the answer does not fit.
  private func converse(_ question: Question) async throws(ModelFailure) -> Answer {
    let exchange = try ChatExchange(question, model: settings.model)
    let first = try await complete(exchange.body(repairing: nil))
    switch exchange.read(first) {
    case .success(let answer): return answer
    case .failure(let flaw):
      guard flaw.isRepairable else { throw ModelFailure(.modelFailed, flaw.reason) }
      return try exchange.read(try await complete(exchange.body(repairing: flaw)))
        .mapError { ModelFailure(.modelFailed, "\($0.reason), also when asked again") }.get()
    }
  }

  private func complete(_ body: [UInt8]) async throws(ModelFailure) -> JSON {
    var last = "nobody answered"
    for attempt in 1...OpenAIProvider.attempts {
      var wait = Double(1 << attempt) * Double.random(in: 0.25...0.75)
      do {
        let reply = try await web.call(
          "\(settings.base)/chat/completions", body: body, bearer: settings.key, limit: OpenAIProvider.mostBytes,
          milliseconds: OpenAIProvider.attemptMilliseconds)
        switch reply.status {
        case 200:
          do { return try JSON.parse(reply.body) } catch { throw ModelFailure(.modelFailed, "the model's server sent no JSON") }
        case 408, 409, 429, 500...599: last = reply.status == 429 ? "the quota is used up (429)" : "status \(reply.status)"
        default: throw ModelFailure(.modelFailed, "the model's server refused the request with \(reply.status)")
        }
        if let asked = reply.headers.first(name: "Retry-After").flatMap({ Int($0) }) {
          guard Double(asked) <= OpenAIProvider.longestPause else { break }
          wait = max(wait, Double(asked) + Double.random(in: 0...0.5))
        }
      } catch let failure as ModelFailure { throw failure } catch let failure as WebClient.Failure {
        if failure == .tooLarge { throw ModelFailure(.modelFailed, "the model's answer is larger than 1 MiB") }
        last = failure == .timedOut ? "no answer within \(OpenAIProvider.attemptMilliseconds / 1000) s" : "it cannot be reached"
      } catch { last = "it cannot be reached" }
      guard attempt < OpenAIProvider.attempts, (try? await pause(wait)) != nil else { break }
    }
    throw ModelFailure(.modelUnavailable, "the model did not answer: \(last)")
  }
}

/// Lets so many in at once; the others wait in the order of their coming.
actor Slots {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = count }

  func take() async {
    if free > 0 {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
