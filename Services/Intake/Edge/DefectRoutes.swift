import Foundation
import Host
import Hummingbird
import JSON
import Lanes
import Wire

extension Edge {
  /// `POST /v1/cases/{id}/defects`, with the bearer token of any registered source: who hears of a reversal or a complaint is
  /// seldom who sent the item. 202 once the report is durable; its source stands in the record.
  func addDefectRoutes(_ router: Router<BasicRequestContext>) {
    router.post("/v1/cases/:id/defects") { request, context in
      let source = try source(of: request)
      let caseID = context.parameters.get("id") ?? ""
      let body = try await request.bytes(upTo: 64 << 10)
      let record = "http/\(UUID().uuidString.lowercased())"
      return try await road.perform(record) { context in
        do throws(Rejection) {
          guard let made = CaseKey.madeAt(caseID), made <= context.now.adding(seconds: 3600) else {
            throw Rejection(.caseUnknown, at: "/case", expected: "the id of a case", found: "another text")
          }
          let data: JSON
          do throws(JSONError) { data = try JSON.parse(body, limits: JSONLimits(bytes: 64 << 10, depth: 4)) } catch { throw Rejection(error) }
          return .defect(try DefectReport(data, about: .ofCase(caseID), source: source.name, record: record))
        } catch {
          return .refuse(error, record: record)
        }
      }.response()
    }
  }
}
