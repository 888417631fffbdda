import Domain
import Lanes
import Wire

/// Makes the calls that requests wait for.
struct AdapterCaller: Caller {
  let workflows: [String: Workflow]
  let fetcher: SourceFetcher
  let provider: any Provider

  func begin(_ call: AdapterCall, key: String, end: @escaping @Sendable (AdapterResult) -> Void) {
    Task { end(await result(call, key: key)) }
  }

  private func result(_ call: AdapterCall, key: String) async -> AdapterResult {
    let workflow = workflows[call.request.workflow]
    if call.id == AdapterCall.model {
      guard let workflow else { return .model(.failure(ModelFailure(.modelFailed, "the workflow is not known"))) }
      return .model(await provider.ask(Question(call.request, workflow, call.results, now: nil)))
    }
    guard let workflow, let source = workflow.sources.first(where: { Workflow.callID($0) == call.id }) else {
      return .source(Fetched(outcome: .failed("is not known")))
    }
    return .source(await fetcher.fetch(source, workflow, call.request.data, caseID: key))
  }
}
