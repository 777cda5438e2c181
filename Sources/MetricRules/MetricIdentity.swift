/// One name and value that narrow a metric down, such as `EndpointName=churn`.
package struct MetricDimension: Hashable, Comparable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package static func < (a: MetricDimension, b: MetricDimension) -> Bool {
        a.name == b.name ? a.value < b.value : a.name < b.name
    }
}

/// What distinguishes one metric from another: namespace, name and the exact set of dimensions. The unit does not.
/// AWS: doc — spec/cloudwatch.md §2.
package struct MetricIdentity: Hashable, Comparable, Sendable {
    package let namespace: String
    package let name: String
    /// Sorted by name, so that the order in which a client lists them does not matter.
    package let dimensions: [MetricDimension]

    package init(namespace: String, name: String, dimensions: [MetricDimension] = []) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions.count < 2 ? dimensions : dimensions.sorted()
    }

    package static func < (a: MetricIdentity, b: MetricIdentity) -> Bool {
        if a.namespace != b.namespace { return a.namespace < b.namespace }
        if a.name != b.name { return a.name < b.name }
        return a.dimensions.lexicographicallyPrecedes(b.dimensions)
    }

    /// Whether the metric carries every dimension the filters ask for; it may carry more.
    /// A filter without a value asks only for the name. AWS: doc — spec/cloudwatch.md §6.
    package func carries(_ filters: [(name: String, value: String?)]) -> Bool {
        filters.allSatisfy { filter in
            dimensions.contains { $0.name == filter.name && (filter.value == nil || $0.value == filter.value) }
        }
    }
}
