import Bundles
import Identity
import JSON
import Permits
import Wire

/// A list of exceptions that somebody wants to put in force, and all that must hold first.
struct ExceptionPut {
  let bundles: [String: Bundles.Bundle]
  let keys: ExceptionKeys
  let people: People
  /// Groups whose members may approve an exception.
  let groups: [String]
  let known: SignedExceptions?
  /// The number of the last list that the stream tells; the database may have been put back.
  let told: Int64
  let now: Instant
  /// Workflows that may not be loosened.
  var freezes = Freezes.none

  struct Refused: Error {
    /// Every one, each with its setting and what to do.
    let mistakes: [String]
  }

  /// - Returns: the list, and who have signed it.
  func checked(_ list: JSON, _ signatures: [String], by person: String) throws(Refused) -> (SignedExceptions, signers: [String]) {
    var mistakes: [String] = []
    let version = list["version"]?.integer ?? 0
    let signers = signers(list, version, signatures, &mistakes)
    do throws(BundleErrors) {
      let loaded = try ExceptionList.load(text: list.text, file: "exceptions", bundles: bundles)
      if loaded.canonical != list.canonical { mistakes.append("exceptions: plain texts and whole numbers expected; write them in quotes") }
      check(loaded, signers, &mistakes)
    } catch { mistakes += error.mistakes.map(\.description) }
    guard mistakes.isEmpty else { throw Refused(mistakes: mistakes) }
    return (SignedExceptions(version: version, list: list, signatures: signatures, by: person, at: now), signers)
  }

  private func signers(_ list: JSON, _ version: Int64, _ signatures: [String], _ mistakes: inout [String]) -> [String] {
    let hash = hex(sha256(list.canonical))
    var signers: [String] = []
    for (index, token) in signatures.prefix(20).enumerated() {
      do throws(JWSError) {
        let person = try keys.person(token, list: hash, version: version)
        guard people.person(id: person) != nil else { throw JWSError("person", "\(person) is not known any more") }
        signers.append(person)
      } catch {
        mistakes.append("signatures[\(index)]: \(error.code): \(error.description); let its owner sign this very list")
      }
    }
    if Set(signers.map(people.human)).count < 2 {
      mistakes.append("signatures: those of two different people expected; the requester and the approver of each new exception sign")
    }
    return signers
  }

  private func check(_ list: ExceptionList, _ signers: [String], _ mistakes: inout [String]) {
    let newest = max(known?.version ?? 0, told)
    if list.version <= newest {
      mistakes.append("version: a number above \(newest) expected, an older list is not taken again; number it \(newest + 1)")
    }
    let before = known.flatMap { signed in
      try? ExceptionList.load(text: signed.list.text, file: "exceptions", bundles: nil).byID.mapValues(\.canonical)
    }
    for (index, exception) in list.exceptions.enumerated() where before?[exception.id] != exception.canonical {
      check(exception, at: "exceptions[\(index)]", signers, &mistakes)
    }
  }

  /// One that is not in force word for word.
  private func check(_ exception: Exception, at place: String, _ signers: [String], _ mistakes: inout [String]) {
    if let refusal = freezes.refusal(exception.workflow) {
      mistakes.append("\(place).workflow: no new exception expected; \(refusal). Leave it out until then")
    }
    if exception.expires <= now.microseconds {
      mistakes.append("\(place).expires: a time to come expected; leave out what is over")
    }
    for (role, person) in [("requester", exception.requester), ("approver", exception.approver)] {
      if people.person(id: person) == nil {
        mistakes.append("\(place).\(role): somebody of the people file expected; name one")
      } else if !signers.contains(person) {
        mistakes.append("\(place).\(role): the signature of \(person) expected; countersign exception sign makes it")
      }
    }
    if exception.requester != exception.approver, people.human(exception.requester) == people.human(exception.approver) {
      mistakes.append("\(place).approver: another person than the requester expected; let somebody else approve it")
    }
    if let approver = people.person(id: exception.approver), Set(approver.groups).isDisjoint(with: groups) {
      mistakes.append("\(place).approver: somebody of \(groups.joined(separator: ", ")) expected; let one of them approve it")
    }
  }
}
