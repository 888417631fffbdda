import JSON

/// An invoice beside its order and its goods receipt. Amounts are minor units of `currency`.
struct ThreeWayMatch {
  enum OrderMatch: String {
    case equal, within = "within_tolerance", over, under, currencyDiffers = "currency_differs"
    case supplierDiffers = "supplier_differs", missing
  }
  enum ReceiptMatch: String { case complete, partial, over, missing }

  let currency: String
  let amount: Int64
  private(set) var ordered: Int64?
  private(set) var difference: Int64 = 0
  private(set) var basisPoints: Int64?
  private(set) var order = OrderMatch.missing
  private(set) var receipt = ReceiptMatch.missing
  private(set) var duplicate = false
  private(set) var conflicts: [(field: String, detail: String)] = []
  private(set) var findings: [ContextFinding] = []

  init(_ data: JSON, _ evidence: Evidence, _ tolerance: Tolerance) {
    currency = data["amount"]?["currency"]?.string ?? "XXX"
    amount = Money.held(data["amount"]?["minor"]?.integer)
    compare(order: evidence.record("order"), data, tolerance)
    receipt = Self.receipt(evidence.record("receipts"), evidence.record("order"))
    if receipt == .missing, evidence.record("receipts") != nil {
      findings.append(
        ContextFinding(code: "context.missing_source", field: "sources.receipts", detail: "no goods receipt"))
    }
    compare(invoice: evidence.record("invoice"), data)
    findDuplicate(data, evidence)
    checkLines(data)
  }

  private mutating func compare(order record: JSON?, _ data: JSON, _ tolerance: Tolerance) {
    guard let record, let total = record["total"]?["minor"]?.integer, let theirs = record["total"]?["currency"]?.string
    else { return }
    let ordered = Money.held(total)
    self.ordered = ordered
    difference = amount - ordered
    guard theirs.sameCodePoints(as: currency) else {
      order = .currencyDiffers
      conflicts.append(("item.amount.currency", "invoice and order have different currencies"))
      return
    }
    basisPoints = Money.basisPoints(difference, of: ordered)
    let supplier = record.text("supplier_name"), named = data["supplier"]?.text("name") ?? ""
    let number = record.text("supplier"), stated = data["supplier"]?.text("number") ?? ""
    if !supplier.isEmpty && SharedWords.share(supplier, named) < 0.5
      || !number.isEmpty && !stated.isEmpty && !number.sameCodePoints(as: stated)
    {
      order = .supplierDiffers
      conflicts.append(("item.supplier", "invoice and order name different suppliers"))
    } else if difference == 0 {
      order = .equal
    } else if (basisPoints ?? .max) <= tolerance.basisPoints || abs(difference) <= tolerance.floor(currency) {
      order = .within
    } else {
      order = difference > 0 ? .over : .under
    }
  }

  private static func receipt(_ receipts: JSON?, _ order: JSON?) -> ReceiptMatch {
    guard let items = receipts?["items"]?.array, !items.isEmpty else { return .missing }
    let received = items.map { quantity($0["lines"]) }.reduce(0, +), ordered = quantity(order?["lines"])
    if received == 0 { return .missing }
    return ordered == 0 || received == ordered ? .complete : received < ordered ? .partial : .over
  }

  /// All pieces of some lines; at most 10^6 a line and 1,000 lines, so that no sum overflows.
  private static func quantity(_ lines: JSON?) -> Int64 {
    (lines?.array ?? []).prefix(1000).map { min(max($0["quantity"]?.integer ?? 0, 0), 1_000_000) }.reduce(0, +)
  }

  private mutating func compare(invoice record: JSON?, _ data: JSON) {
    guard let record, let total = record["total"]?["minor"]?.integer else { return }
    if total != amount || !(record["total"]?["currency"]?.string ?? currency).sameCodePoints(as: currency) {
      conflicts.append(("item.amount", "the item's amount is not that of the invoice in the system"))
    }
    if let account = record["bank_account"]?.string, let stated = data["supplier"]?["iban"]?.string,
      !account.sameCodePoints(as: stated)
    {
      conflicts.append(("item.supplier.iban", "the item's bank account is not that of the invoice in the system"))
    }
    if let block = record["payment_block"], !block.isNull {
      findings.append(
        ContextFinding(code: "context.edge_case", field: "sources.invoice", detail: "the invoice has a payment block"))
    }
  }

  /// Settled already; or of the invoices of its order another one has the same amount and is settled, or is older (by
  /// id) and has the supplier's same number.
  private mutating func findDuplicate(_ data: JSON, _ evidence: Evidence) {
    let own = evidence.record("invoice"), status = own?.text("status") ?? "", number = own?.text("number") ?? ""
    let id = data.text("invoice")
    let settled = ["approved", "paid"]
    let siblings = evidence.record("invoices")?["items"]?.array ?? []
    duplicate =
      settled.contains(status)
      || siblings.contains { other in
        guard !other.text("id").sameCodePoints(as: id), other["total"]?["minor"]?.integer == amount else {
          return false
        }
        let sameNumber = !number.isEmpty && other.text("number").sameCodePoints(as: number)
        return settled.contains(other.text("status")) || sameNumber && other.text("id") < id
      }
  }

  private mutating func checkLines(_ data: JSON) {
    guard let lines = data["lines"]?.array, !lines.isEmpty else { return }
    var sum = Int64(0)
    for line in lines.prefix(1000) {
      let (product, over) = max(line["quantity"]?.integer ?? 0, 0).multipliedReportingOverflow(
        by: max(line["unit_minor"]?.integer ?? 0, 0))
      sum = over ? Money.most : min(sum + min(product, Money.most), Money.most)
    }
    if let points = Money.basisPoints(sum - amount, of: amount), points > 3000 {
      findings.append(
        ContextFinding(code: "context.conflict", field: "item.lines", detail: "the lines do not add up to the amount"))
    }
  }

  var resolution: String {
    if duplicate { return "reject_duplicate" }
    switch order {
    case .missing, .currencyDiffers, .supplierDiffers: return "hold"
    case .equal, .within, .under: return receipt == .complete ? "approve" : "hold"
    case .over: return receipt == .complete ? "approve_order_amount" : "hold"
    }
  }

  func pay(_ resolution: String) -> Int64 {
    switch resolution {
    case "approve": amount
    case "approve_order_amount": ordered ?? 0
    default: 0
    }
  }

  /// 1 far from the edge of the tolerance, 0 on it.
  func clarity(_ tolerance: Tolerance) -> Double {
    guard resolution != "hold", let basisPoints else { return 0.8 }
    return min(Double(abs(basisPoints - tolerance.basisPoints)) / Double(max(tolerance.basisPoints, 1)), 1)
  }

  func sentence(_ end: String) -> String {
    let percent = basisPoints.map { "\($0 / 100).\($0 % 100 < 10 ? "0" : "")\($0 % 100) percent" } ?? "not comparable"
    let relation =
      switch order {
      case .equal: "equals its order"
      case .within: "differs from its order by \(percent), within tolerance"
      case .over: "is \(percent) over its order"
      case .under: "is \(percent) under its order"
      case .currencyDiffers: "has another currency than its order"
      case .supplierDiffers: "names another supplier than its order"
      case .missing: "has no order that was found"
      }
    return "The invoice \(relation); goods receipt \(receipt.rawValue)\(duplicate ? "; paid already" : "")\(end)."
  }
}

enum Money {
  /// 2^53 − 1, the largest whole number that every JSON reader keeps.
  static let most: Int64 = 9_007_199_254_740_991

  static func held(_ minor: Int64?) -> Int64 { min(max(minor ?? 0, 0), most) }

  /// The size of a difference in hundredths of a percent, at most 1,000,000; nil where there is nothing to compare.
  static func basisPoints(_ difference: Int64, of whole: Int64) -> Int64? {
    guard whole > 0 else { return difference == 0 ? 0 : nil }
    return Int64(min(Double(abs(difference)) * 10_000 / Double(whole), 1_000_000).rounded())
  }
}
