import HostingRules
import SimTime
import Synchronization

extension HostedFleet {
    /// Admits a request to the workers of a serverless variant, and counts how busy they are with it. What is throttled
    /// leaves no trace.
    func beginServerless(_ plan: ServerlessPlan, at now: SimInstant) -> ServerlessPool.Admission {
        let (admission, busy) = meter.workers.withLock { ($0.begin(plan, at: now), $0.busyCount) }
        guard admission != .throttled else { return admission }
        meter.bookAdmission(at: now)
        // AWS: doc — "Alarms and logs for tracking metrics from serverless endpoints", which lists these five.
        meter.book(.serverlessConcurrentExecutionsUtilization, Double(busy) / Double(plan.maxConcurrency), at: now)
        guard let provisioned = plan.provisionedConcurrency, provisioned > 0 else { return admission }
        meter.book(.serverlessProvisionedConcurrencyExecutions, Double(busy), at: now)
        meter.book(.serverlessProvisionedConcurrencyUtilization, Double(busy) / Double(provisioned), at: now)
        meter.book(
            admission == .provisioned ? .serverlessProvisionedConcurrencyInvocations
                : .serverlessProvisionedConcurrencySpilloverInvocations, 1, at: now)
        return admission
    }
}
