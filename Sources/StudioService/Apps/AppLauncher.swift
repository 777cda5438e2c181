import AWSModel
import Timeline
import WorkspaceRules

/// Launches apps: for CreateApp, for a domain with RStudio, and for a browser that opens a link.
struct AppLauncher: Sendable {
    let workspaces: Workspaces

    /// Launches the app. Throws ResourceInUse when it is there, and the faults of planning and quotas.
    func launch(
        _ key: AppKey, of domain: DomainRecord, given: ResourceSpec? = nil, recoveryMode: Bool? = nil, in turn: Turn
    ) throws -> AppRecord {
        let plan = try AppPlanning(workspaces: workspaces, domain: domain, reader: turn.transaction).plan(key, given: given)
        try requireQuota(key, plan, domain, in: turn)
        let times = workspaces.times.app
        var app: AppRecord
        if let present = try workspaces.apps.find(key.documentName, in: domain.realm, turn.transaction) {
            app = present
            do throws(StatusRejection) {
                try app.track.relaunch(failure: plan.failure, times: times, at: turn.now)
            } catch {
                throw StudioFaults.alreadyExists("App", present.arn)
            }
            app.plan = plan
            app.recoveryMode = recoveryMode
            app.lastUserActivityAt = nil
        } else {
            app = AppRecord(
                realm: domain.realm, key: key, plan: plan, recoveryMode: recoveryMode, lastUserActivityAt: nil,
                track: .launching(failure: plan.failure, times: times, at: turn.now))
        }
        try workspaces.apps.save(app, in: turn)
        return app
    }

    /// The app as it is, launched when it is not there or has ended.
    @discardableResult
    func ensure(_ key: AppKey, of domain: DomainRecord, in turn: Turn) throws -> AppRecord {
        if var app = try workspaces.apps.find(key.documentName, in: domain.realm, turn.transaction),
           app.track.status.blocksDeletion {
            app.lastUserActivityAt = turn.now
            try workspaces.apps.save(app, in: turn)
            return app
        }
        return try launch(key, of: domain, in: turn)
    }

    // AWS: recorded name and unit — spec/studio.md §A6.
    private func requireQuota(_ key: AppKey, _ plan: AppPlan, _ domain: DomainRecord, in turn: Turn) throws {
        let (type, instance) = (key.type, plan.spec.instanceType ?? "system")
        try workspaces.requireQuota("\(type.rawValue) Apps running on \(instance) instance", unit: "Apps") {
            try workspaces.apps.all(in: domain.realm, turn.transaction).count {
                $0.key.type == type && $0.plan.spec.instanceType == instance && $0.track.status.blocksDeletion
            }
        }
    }
}
