import Bundles
import Domain
import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Wire

func addPolicyRoutes(_ router: Router<BasicRequestContext>, _ road: Road<PolicyDecider>, _ decider: PolicyDecider) {
  router.get("/.well-known/jwks.json") { _, _ in
    jsonResponse(KeySet([decider.signing.verification]).jwks)
  }
  router.get("/v1/bundles") { _, _ in
    let policies = decider.shelf.policies.sorted { $0.key < $1.key }
    return jsonResponse(
      [
        "bundles": .array(
          policies.map { name, policy in
            [
              "workflow": .string(name), "hash": .string(policy.bundle.hash),
              "template": .string(policy.bundle.template.rawValue), "owner": .string(policy.bundle.owner),
              "since": .string(decider.shelf.since[name]?.description ?? ""),
            ]
          })
      ])
  }
}

/// Says on `governance` which bundles are in force.
func publishBundles(_ road: Road<PolicyDecider>, _ shelf: Shelf) async {
  for (name, policy) in shelf.policies.sorted(by: { $0.key < $1.key }) {
    let bundle = BundleInForce(workflow: name, hash: policy.bundle.hash, since: shelf.since[name] ?? .now)
    for _ in 0..<30 {
      if (try? await road.perform("bundle/\(name)", { _ in .publish(bundle) })) != nil { break }
      try? await Task.sleep(for: .seconds(1))
    }
  }
}
