import JSON
import Wire

/// `retention`: somebody has contents kept, or ends that.
func holdChanged(_ words: Words, _ facts: Words) -> Told {
  let who = words["person"] ?? facts["reviewer"] ?? "Somebody"
  let why = [words.line("reason", "because: ")]
  switch words["act"] ?? facts["decision"] ?? "" {
  case "placed": return Told("\(who) placed a legal hold: nothing of the case is destroyed.", why)
  case "release_asked": return Told("\(who) asked for the end of a legal hold; another person has to say so, too.", why)
  case "released": return Told("\(who) ended a legal hold, as the second of two.", why)
  default: return Told("A legal hold changed.", why)
  }
}

/// `retention`: contents are about to go.
func contentErasing(_ words: Words, _ facts: Words) -> Told {
  let retention = words["class"] ?? facts["reasons"].map { String($0.split(separator: ".").last ?? "") } ?? ""
  return Told(
    "Contents of the case go, by the retention class \(retention)\(words["days"].map { " (\($0) days after its end)" } ?? ""); facts and proofs stay.",
    [words.line("positions", "of records "), words.json?["parts"].map { "its parts: \(list($0))" }])
}

func contentErased(_ words: Words) -> Told {
  Told("\(words["contents"] ?? "The") contents are destroyed.", [words.line("erasing", "as record "), words.line("bytes", "bytes: ")])
}
