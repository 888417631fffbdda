/// "did you mean 'amount'?" if one of the candidates is near enough to a misspelt name.
func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
  let written = Array(name.lowercased().utf8.prefix(64))
  let near = candidates.map { (name: $0, distance: distance(written, Array($0.lowercased().utf8.prefix(64)))) }
    .filter { $0.distance <= max(1, written.count / 3) }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
  return near.map { "did you mean '\($0.name)'?" }
}

/// How many bytes must be put in, left out, replaced or exchanged with their neighbour to make one text of the other.
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var beforeLast: [Int] = [], last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
