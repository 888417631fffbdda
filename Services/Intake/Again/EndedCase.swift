import JSON
import Vault
import Wire

/// A case that has ended, as audit's records tell of it.
struct EndedCase: Sendable {
  let caseID: String
  let admitted: CaseAdmitted
  let outcome: String
  /// `ISSUER SUBJECT` of everybody whose decision counted.
  let deciders: [String]

  /// Reads audit's answer to `GET /v1/cases/{id}`. - Throws: why the case cannot be taken up again.
  init(_ caseID: String, _ story: JSON) throws(AgainError) {
    var admitted: CaseAdmitted?, outcome: String?, deciders: [String] = []
    for hop in story["hops"]?.array ?? [] {
      let body = hop["body"].flatMap { try? Fields($0) }
      switch hop["type"]?.string {
      case CaseAdmitted.type?: admitted = admitted ?? body.flatMap { try? CaseAdmitted($0) }
      case CaseEnded.type?: outcome = body?.optionalText("outcome")
      case DecisionJudged.type?:
        guard let judged = body.flatMap({ try? DecisionJudged($0) }), let person = judged.person else { continue }
        switch judged.result {
        case .counted, .complete: if !deciders.contains(person) { deciders.append(person) }
        case .refused, .undone: break
        }
      default: continue
      }
    }
    guard story["truncated"]?.bool != true else { throw .gone }
    guard let outcome else { throw story["hops"]?.array?.contains { $0["type"]?.string == CaseEnded.type } == true ? .gone : .open }
    guard let admitted else { throw .gone }
    self.caseID = caseID
    self.admitted = admitted
    self.outcome = outcome
    self.deciders = deciders
  }

  /// The item's data as it came, with its private values. - Throws: `gone` where the vault holds them no more.
  func data(_ values: [String: String]) throws(AgainError) -> JSON {
    var isWhole = true
    func real(_ json: JSON) -> JSON {
      switch json {
      case .string(let text):
        guard text.hasPrefix("tok_") else { return json }
        guard let value = values[text] else {
          isWhole = false
          return json
        }
        return .string(value)
      case .array(let items): return .array(items.map(real))
      case .object(let object): return .object(JSONObject(object.members.map { ($0.key, real($0.value)) }))
      default: return json
      }
    }
    let data = real(admitted.data)
    guard isWhole else { throw .gone }
    return data
  }
}

/// Why an ended case is not taken up again. Each has a code and a status of its own.
enum AgainError: Error, Sendable, Equatable {
  case unknown
  /// It has not ended.
  case open
  /// Its content is not kept any more, or not all of it.
  case gone
  /// It is no other source's to appeal.
  case foreign
  /// It was an appeal itself.
  case enough
  /// Nobody can say: audit does not answer.
  case unreachable
  /// This installation has not been told where audit is.
  case off
  /// Judgements of judgements are not appealed.
  case builtin
}
