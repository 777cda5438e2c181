import MetricRules
import SimTime
import Vocabulary

/// What a Lambda function is invoked with. AWS: recorded — spec/cloudwatch.md §9, actions and notifications.
enum FunctionEvent {
    static func json(of occasion: ActionOccasion<some StatefulAlarm>, in realm: Realm, shift: ClockShift) -> String {
        func time(_ instant: SimInstant) -> String { JSONText.string(alarmTimestamp(shift.shown(instant))) }
        func state(_ value: String, _ reason: String, _ reasonData: String?, _ updated: SimInstant) -> String {
            JSONText.object([
                ("value", JSONText.string(value)), ("reason", JSONText.string(reason)),
                ("reasonData", reasonData.map(JSONText.string)), ("timestamp", time(updated)),
            ])
        }
        let alarm = occasion.alarm, prior = occasion.prior
        return JSONText.object([
            ("source", "\"aws.cloudwatch\""), ("alarmArn", JSONText.string(alarm.arn(in: realm))),
            ("accountId", JSONText.string(realm.account.digits)), ("time", time(occasion.since)),
            ("region", JSONText.string(realm.region.name)),
            ("alarmData", JSONText.object([
                ("alarmName", JSONText.string(alarm.name)),
                ("state", state(occasion.state.rawValue, occasion.reason, occasion.reasonData, occasion.since)),
                ("previousState", state(prior.state, prior.reason, prior.reasonData, prior.updated)),
                ("configuration", JSONText.object(
                    [("description", alarm.description.map(JSONText.string))] + alarm.eventConfiguration)),
                // AWS: inferred.
                ("alarmContributor", occasion.contributor.map { contributor in
                    JSONText.object([("id", JSONText.string(contributor.id)), ("attributes", contributor.attributesJSON)])
                }),
            ])),
        ])
    }
}
