import Foundation

/// `countersign-fuzz TARGET --seconds N --seed S --workflows FOLDER --keep FILE`, or `--input FILE` to try one input again.
///
/// Makes inputs by the grammar and by mutation of what is shipped, and tries them until the time is over. Ends with 0;
/// 1 over a wrong answer, 7 over an input that takes too long; a trap ends it too. In each case FILE holds the input
/// (see `Watch`), and `deploy/tests/fuzz.py` shows it.
@main struct Fuzz {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    func option(_ name: String) -> String? {
      words.firstIndex(of: "--\(name)").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    guard let target = words.first.flatMap(Target.init(rawValue:)), let keep = option("keep"), let watch = Watch(path: keep),
      let folder = option("workflows")
    else {
      print("usage: countersign-fuzz \(Target.allCases.map(\.rawValue).joined(separator: "|")) --workflows F --keep F …")
      exit(2)
    }
    let policies = try Policies(folder: URL(fileURLWithPath: folder))
    watch.start()
    var run = Run(target: target, policies: policies, watch: watch, seed: option("seed").flatMap(UInt64.init) ?? 1)
    if let file = option("input") { run.attempt([UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))) }
    else { run.forSeconds(option("seconds").flatMap(Double.init) ?? 10) }
  }
}

/// One run over generated inputs.
struct Run {
  let target: Target
  let policies: Policies
  let watch: Watch
  let seed: UInt64
  private var chance: Chance
  private var expressions: Expressions
  private var mutations: Mutations
  private var recent: [[UInt8]] = []
  private var tried = 0

  /// What a run may hold more at its end than after its first fifth, in KiB: caches and the allocator's slack.
  private static let growth = 65_536

  init(target: Target, policies: Policies, watch: Watch, seed: UInt64) {
    self.target = target
    self.policies = policies
    self.watch = watch
    self.seed = seed
    chance = Chance(seed)
    expressions = Expressions(chance: Chance(seed &+ 1))
    mutations = Mutations(chance: Chance(seed &+ 2))
  }

  mutating func forSeconds(_ seconds: Double) {
    let began = ContinuousClock.now
    var before = 0
    while true {
      let passed = began.duration(to: .now) / .seconds(1)
      if before == 0, passed > seconds / 5 { before = Watch.resident() }
      if passed > seconds { break }
      for _ in 0..<20 { attempt(next()) }
    }
    let after = Watch.resident()
    print("\(target.rawValue): \(tried) inputs, seed \(seed), resident \(before) KiB before, \(after) KiB after")
    if after > before + Run.growth {
      print("it grew by \(after - before) KiB")
      exit(1)
    }
  }

  mutating func attempt(_ input: [UInt8]) {
    watch.begin(input)
    // What else is random depends on the input alone, so that the input shows the same again.
    let digest = input.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    if let wrong = target.answer(input, seed: digest, policies) {
      print("\(target.rawValue): \(wrong)")
      exit(1)
    }
    watch.end()
    tried += 1
  }

  private mutating func next() -> [UInt8] {
    if target == .policies {
      let text = chance.pick(policies.texts)
      switch chance.below(4) {
      case 0: return mutations.changeLines(text)
      case 1: return mutations.changeLines(mutations.change(text, with: chance.pick(policies.texts)))
      case 2:
        // An expression in place of a condition of the file.
        let condition = chance.pick(policies.conditions)
        guard let range = text.firstRange(of: condition) else { return mutations.changeLines(text) }
        var changed = text
        changed.replaceSubrange(range, with: Array("'\(expressions.next().split(separator: "'").joined(separator: "''"))'".utf8))
        return changed
      default: return mutations.change(text, with: chance.pick(policies.texts))
      }
    }
    let made = chance.one(in: 4) ? chance.pick(policies.conditions) : Array(expressions.next().utf8)
    let input = chance.one(in: 2) ? made : mutations.change(made, with: recent.isEmpty ? made : chance.pick(recent))
    if recent.count < 200 { recent.append(made) } else { recent[chance.below(200)] = made }
    return input
  }
}
