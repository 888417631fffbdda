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

  /// Reads audit's answer to `GET /v1/cases/{id}/ended`. - Throws: `unreachable` for an answer to anything else, `gone` for what this version cannot read.
  init(_ caseID: String, _ told: JSON) throws(AgainError) {
    guard told["case"]?.string == caseID, let outcome = told["outcome"]?.string, let deciders = told["deciders"]?.array?.compactMap(\.string) else {
      throw .unreachable
    }
    guard let fields = told["admitted"].flatMap({ try? Fields($0) }), let admitted = try? CaseAdmitted(fields) else { throw .gone }
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
