import ScalingRules
import SimTime
import Store
import Timeline

/// Scheduled actions: they set the limits of their target, and the capacity follows.
extension ScalingEngine {
    /// Sets the timer of the next run, if there is one.
    func arm(_ action: ScheduledActionRecord, in turn: Turn) throws {
        if let run = action.nextRun(after: turn.now) {
            try turn.arm(Self.timer(of: action), at: run)
        } else {
            try turn.disarm(Self.timer(of: action))
        }
    }

    /// A scheduled action is due.
    func runScheduled(_ id: TimerID, in turn: Turn) throws {
        guard let key = Self.key(owner: id.owner, name: id.name) else { return }
        let document = TargetKey.actions(key.realm).key(id.name)
        guard let action = try turn.transaction.document(document, as: ScheduledActionRecord.self) else { return }
        try arm(action, in: turn)
        guard var target = try turn.transaction.document(key.document, as: TargetRecord.self), !target.suspended.scheduled
        else { return }
        var limits = target.limits
        if let minimum = action.minimum { limits.minimum = minimum }
        if let maximum = action.maximum { limits.maximum = maximum }
        let set = [
            action.minimum.map { "min capacity to \($0)" }, action.maximum.map { "max capacity to \($0)" },
        ].compactMap(\.self).joined(separator: " and ")
        // AWS: recorded form — the activity of a scheduled action.
        var activity = ScalingActivity(
            target: key, id: Self.newID(), start: turn.now, end: turn.now, description: "Setting \(set)",
            cause: "scheduled action name \(action.name) was triggered", status: "Successful", message: "Successfully set \(set)")
        if limits.minimum > limits.maximum {
            (activity.status, activity.message) = ("Failed", "Maximum capacity cannot be less than minimum capacity")
        } else {
            target.limits = limits
            target.needsClamp = true
        }
        try ScalingActivities.add(activity, in: turn)
        try turn.transaction.put(key.document, target)
        try lookAt(key.realm, in: turn)
    }
}
