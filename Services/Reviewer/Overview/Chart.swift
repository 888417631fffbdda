import JSON

/// Values by day as a picture drawn here, with the same in words and as a table: nothing is told by colour or shape alone.
struct Chart {
  struct Bar {
    let day: String
    /// Nil where there is too little to tell.
    let value: Double?
    /// What the table says.
    let words: String
  }
  let id: String
  let title: String
  let bars: [Bar]
  /// A line across: what is promised; nil for none.
  var limit: (value: Double, words: String)?

  private static let (width, height, foot) = (700, 160, 22)

  private var most: Double { max(bars.compactMap(\.value).max() ?? 0, limit?.value ?? 0, 1e-9) }

  var html: HTML {
    guard bars.contains(where: { $0.value != nil }) else { return "<p class=\"quiet pad\">\(title): there is nothing to draw yet.</p>" }
    return """
      <figure class="chart"><svg viewBox="0 0 \(Self.width) \(Self.height + Self.foot)" role="img" aria-labelledby="\(attribute: id)-title \(attribute: id)-desc">
      <title id="\(attribute: id)-title">\(title)</title><desc id="\(attribute: id)-desc">\(description)</desc>
      \(bars.indices.html(bar))\(line)
      <text class="axis" x="0" y="\(Self.height + 16)">\(bars.first?.day ?? "")</text><text class="axis end" x="\(Self.width)" y="\(Self.height + 16)">\(bars.last?.day ?? "")</text></svg>
      <figcaption>\(title)</figcaption>
      <details><summary>As a table</summary><table><thead><tr><th scope="col">Day</th><th scope="col">\(title)</th></tr></thead>
      <tbody>\(bars.html { "<tr><th scope=\"row\">\($0.day)</th><td class=\"num\">\($0.words)</td></tr>" })</tbody></table></details></figure>
      """
  }

  private var description: String {
    let known = bars.filter { $0.value != nil }
    let highest = known.max { ($0.value ?? 0) < ($1.value ?? 0) }
    return "\(known.count) of \(bars.count) days have a value. The highest is \(highest?.words ?? "none") on \(highest?.day ?? ""). The last is \(known.last?.words ?? "none")."
      + (limit.map { " Promised: \($0.words)." } ?? "")
  }

  private func y(_ value: Double) -> Int { Self.height - Int((value / most * Double(Self.height - 8)).rounded()) }

  private func bar(_ index: Int) -> HTML {
    guard let value = bars[index].value else { return "" }
    let step = Double(Self.width) / Double(bars.count)
    let (x, wide) = (Int(Double(index) * step), min(40, max(1, Int(step * 0.8))))
    let top = y(value)
    let isOver = limit.map { value > $0.value } ?? false
    return "<rect class=\"\(isOver ? "bar-over" : "bar-value")\" x=\"\(x)\" y=\"\(top)\" width=\"\(wide)\" height=\"\(max(1, Self.height - top))\"><title>\(bars[index].day): \(bars[index].words)</title></rect>"
  }

  private var line: HTML {
    guard let limit else { return "" }
    let at = y(limit.value)
    return "<line class=\"limit\" x1=\"0\" x2=\"\(Self.width)\" y1=\"\(at)\" y2=\"\(at)\"/><text class=\"axis end\" x=\"\(Self.width)\" y=\"\(max(12, at - 4))\">\(limit.words)</text>"
  }
}
