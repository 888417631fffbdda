import Bundles
import Domain
import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Wire
import Workflows

func addPolicyRoutes(_ router: Router<BasicRequestContext>, _ road: Road<PolicyDecider>, _ decider: PolicyDecider) {
  router.get("/v1/bundles") { _, _ in
    let policies = decider.shelf.policies.sorted { $0.key < $1.key }
    return jsonResponse(
      [
        "genesis": decider.shelf.genesis.json,
        "bundles": .array(
          policies.map { name, policy in
            [
              "workflow": .string(name), "hash": .string(policy.bundle.hash),
              "signature": .string(decider.shelf.signatures[name] ?? ""),
              "template": .string(policy.bundle.template.rawValue), "owner": .string(policy.bundle.owner),
              "file_differs": .bool(decider.shelf.ignored.contains(name)),
              "since": .string(decider.shelf.since[name]?.description ?? ""),
            ]
          })
      ])
  }
}
