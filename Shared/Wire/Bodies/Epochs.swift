import JSON

/// The rate at which an epoch draws the cases of one stratum. It holds from its publication to the epoch's end.
public struct StratumRate: Sendable, Equatable {
  public let workflow: String
  public let stratum: String
  /// The inclusion probability, in [0,1].
  public let rate: Double
  /// What the workflow's bundle asks for at least.
  public let base: Double
  /// Cases that the lane expects in the epoch: the mean of the last seven; nil where none of them is known.
  public let expected: Double?
  /// How closely its lots make policy look, `{"severity", "recent", "rejected"}`: twice the rate where `tightened`, all where
  /// `stopped`. Nil where nothing is known of any.
  public let lot: JSON?

  public init(workflow: String, stratum: String, rate: Double, base: Double, expected: Double?, lot: JSON? = nil) {
    self.lot = lot
    self.workflow = workflow
    self.stratum = stratum
    self.rate = rate
    self.base = base
    self.expected = expected
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("stratum", stratum)
      writer.member("rate", rate)
      writer.member("base", base)
      writer.member("expected", expected)
      writer.member("lot", lot)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), stratum: try fields.text("stratum"), rate: try fields.number("rate"),
      base: try fields.number("base"), expected: fields.optional("expected")?.double, lot: fields.optional("lot"))
  }
}

/// `verdicts`: a lane begins an epoch of draws. It stands before every case that the epoch draws, in the same partition,
/// so that nobody could choose the seed after seeing a case.
public struct EpochOpened: Body {
  public static let type = "countersign.epoch.opened.v1"
  /// The day (`2026-11-24`), or the instant at which a shorter epoch begins.
  public let epoch: String
  public let begins: Instant
  public let ends: Instant
  /// SHA-256 of the seed, in hex.
  public let commitment: String
  /// Among how many lanes the floors are shared.
  public let lanes: Int64
  public let rates: [StratumRate]

  public init(epoch: String, begins: Instant, ends: Instant, commitment: String, lanes: Int64, rates: [StratumRate]) {
    self.epoch = epoch
    self.begins = begins
    self.ends = ends
    self.commitment = commitment
    self.lanes = lanes
    self.rates = rates
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("epoch", epoch)
      writer.member("begins", begins)
      writer.member("ends", ends)
      writer.member("commitment", commitment)
      writer.member("lanes", lanes)
      writer.key("rates")
      writer.array { writer in for rate in rates { rate.write(&writer) } }
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    var rates: [StratumRate] = []
    for each in fields.optional("rates")?.array ?? [] { rates.append(try StratumRate(Fields(each))) }
    self.init(
      epoch: try fields.text("epoch"), begins: try fields.instant("begins"), ends: try fields.instant("ends"),
      commitment: try fields.text("commitment"), lanes: try fields.integer("lanes"), rates: rates)
  }
}

/// `verdicts`: a stratum that the epoch had no rate for meets its first case, which follows.
public struct StratumAdded: Body {
  public static let type = "countersign.epoch.stratum.v1"
  public let epoch: String
  public let rate: StratumRate

  public init(epoch: String, rate: StratumRate) {
    self.epoch = epoch
    self.rate = rate
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("epoch", epoch)
      writer.key("rate")
      rate.write(&writer)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(epoch: try fields.text("epoch"), rate: try StratumRate(Fields(try fields.value("rate"))))
  }
}

/// `verdicts`: an epoch of a lane is over. From here on everybody can compute its draws again.
public struct EpochDisclosed: Body {
  public static let type = "countersign.epoch.disclosed.v1"
  public let epoch: String
  public let commitment: String
  /// The seed in hex; nil where policy's key is not the one of the commitment any more.
  public let seed: String?
  /// How many cases were put to the draw, and how many of them it drew.
  public let cases: Int64
  public let drawn: Int64

  public init(epoch: String, commitment: String, seed: String?, cases: Int64, drawn: Int64) {
    self.epoch = epoch
    self.commitment = commitment
    self.seed = seed
    self.cases = cases
    self.drawn = drawn
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("epoch", epoch)
      writer.member("commitment", commitment)
      writer.member("seed", seed)
      writer.member("cases", cases)
      writer.member("drawn", drawn)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      epoch: try fields.text("epoch"), commitment: try fields.text("commitment"), seed: fields.optionalText("seed"),
      cases: try fields.integer("cases"), drawn: try fields.integer("drawn"))
  }
}
