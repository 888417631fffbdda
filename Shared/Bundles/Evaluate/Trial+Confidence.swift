import CEL
import Domain

extension Trial {
  func judgeConfidence() {
    var sum = 0.0
    var missing: [PartName] = []
    var map: [CELMap.Entry] = []
    for part in logic.blend.parts {
      let value = self.value(of: part)
      parts.append(
        ConfidencePart(name: part.name, value: value, weight: part.weight, floor: part.floor, origin: origin(of: part)))
      guard let value else {
        if part.weight > 0 || part.floor > 0 { missing.append(part.name) }
        continue
      }
      sum += part.weight * value
      if logic.shapes.readsParts { map.set(part.name.rawValue, .double(value)) }
      if value < part.floor {
        add(
          "\(part.name.rawValue).floor", .partFloor, .review,
          "\(part.name.rawValue) part \(decimal(value)) is under its floor of \(decimal(part.floor))",
          evidence: "parts.\(part.name.rawValue)",
          ground: .said("parts.\(part.name.rawValue) \(decimal(value)) would have had to reach \(decimal(part.floor))"))
      }
    }
    scope.parts = .map(CELMap(map))
    if missing.isEmpty {
      let blended = Blend.rounded(sum)
      confidence = blended
      scope.confidence = .double(blended)
    }
    if !facts.calibrated, facts.model != nil {
      add(
        "calibration", .calibrationMissing, .review,
        "no calibration is in force for this model and prompt, so its score counts for nothing", evidence: "parts.model",
        ground: .said("a calibration would have had to be in force"))
    }
    judgeBands(missing)
  }

  private func judgeBands(_ missing: [PartName]) {
    guard let confidence else {
      // Without confidence the case is treated as having none.
      let route = logic.bands.hit(confidence: 0, risk: risk).route
      let names = missing.map(\.rawValue).joined(separator: ", ")
      add(
        "confidence", .confidenceInvalid, max(.review, route),
        "confidence is unknown: no number from 0 to 1 for its part \(names)",
        evidence: "parts.\(missing.first?.rawValue ?? "model")",
        ground: .said("\(names) would have had to be a number from 0 to 1"))
      return
    }
    let (index, route, fault) = logic.bands.hit(in: scope)
    let rule = "bands[\(index)]"
    if let fault {
      addFault(rule, fault, asked: route)
      return
    }
    let isLow = index > logic.bands.ceiling[risk] ?? 0
    let code: ReasonCode = route == .auto ? .confidenceSufficient : isLow ? .confidenceLow : .impactElevated
    add(
      rule, code, route, logic.bands.bands[index].because.render(in: scope),
      evidence: code == .impactElevated ? "risk" : "confidence", gate: .confidence, ground: .band(index))
    if confidence < logic.blend.stopBelow {
      add(
        "stop_below", .confidenceLow, .review,
        "confidence \(decimal(confidence)) is under \(decimal(logic.blend.stopBelow)): the proposal is not trusted",
        evidence: "confidence",
        ground: .said("confidence \(decimal(confidence)) would have had to reach \(decimal(logic.blend.stopBelow))"))
    }
  }

  /// A part's value in [0,1], or nil.
  private func value(of part: Blend.Part) -> Double? {
    switch part.name {
    case .model: facts.model.flatMap(Self.proper)
    case .retrieval: facts.retrieval.flatMap(Self.proper)
    case .policy, .blast: part.risk?.number(in: scope).flatMap(Self.proper).map { 1 - $0 }
    }
  }

  private static func proper(_ value: Double) -> Double? { (0...1).contains(value) ? value : nil }

  private func origin(of part: Blend.Part) -> String {
    switch part.name {
    case .model: facts.modelOrigin
    case .retrieval: facts.retrievalOrigin
    case .policy, .blast: part.origin
    }
  }
}
