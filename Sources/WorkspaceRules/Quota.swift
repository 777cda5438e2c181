/// One of an account's service quotas.
package struct Quota: Equatable, Sendable {
    /// As AWS names it, e.g. `Total domains`.
    package var name: String
    /// What is counted, e.g. `Domains`.
    package var unit: String
    package var limit: Int

    package init(name: String, unit: String, limit: Int) {
        self.name = name
        self.unit = unit
        self.limit = limit
    }

    /// Why one more is refused; nil when there is room.
    // AWS: recorded 2024 — spec/studio.md §A3, §A6.
    package func refusal(ofOneMoreThan utilization: Int) -> String? {
        guard utilization >= limit else { return nil }
        return "The account-level service limit '\(name)' is \(limit) \(unit), with current utilization of "
            + "\(utilization) \(unit) and a request delta of 1 \(unit). Please use AWS Service Quotas to request an "
            + "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
            + "increase for this quota."
    }
}
