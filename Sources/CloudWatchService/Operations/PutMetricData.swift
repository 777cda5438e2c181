import AWSModel
import Gateway
import HTTPServer
import MetricRules
import SimTime

/// PutMetricData: checks every datum, then books them all. AWS: spec/cloudwatch.md §2.
struct PutMetricData: Sendable {
    let metrics: MetricStore

    // AWS: doc — spec/cloudwatch.md §2.
    private static let dataMax = 1000
    /// Of the body as it was sent, compressed or not.
    private static let bodyBytesMax = 1 << 20
    private static let valuesMax = 150
    /// ±2^360.
    private static let valueLimit = Double(sign: .plus, exponent: 360, significand: 1)
    private static let pastMax = SimDuration.days(14)
    private static let futureMax = SimDuration.hours(2)

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        // AWS: doc for the limit, the fault inferred.
        guard (request.context.headers["Content-Length"].flatMap { Int($0) } ?? 0) <= Self.bodyBytesMax else {
            throw AWSFault("RequestEntityTooLargeException", "Request size exceeded 1048576 bytes", status: 413)
        }
        guard let namespace = input["Namespace"]?.string else { throw CloudWatchFault.missing("Namespace") }
        guard namespace.first != ":", !namespace.hasPrefix("AWS/") else {
            throw CloudWatchFault.invalid(namespace, "Namespace")
        }
        var data: [(path: String, datum: AWSValue)] = []
        func take(_ list: AWSValue?, _ path: String) {
            for (index, datum) in (list?.list ?? []).enumerated() { data.append(("\(path).member.\(index + 1)", datum)) }
        }
        take(input["MetricData"], "MetricData")
        // What an entity says of its data is accepted and not kept.
        for (index, entity) in (input["EntityMetricData"]?.list ?? []).enumerated() {
            take(entity["MetricData"], "EntityMetricData.member.\(index + 1).MetricData")
        }
        guard !data.isEmpty else { throw CloudWatchFault.missing("MetricData") }
        guard data.count <= Self.dataMax else { throw CloudWatchFault.tooMany("MetricData", maximum: Self.dataMax) }
        let now = request.context.now
        let bookings = try data.map { try booking($0.datum, path: $0.path, namespace: namespace, now: now) }
        metrics.book(request.context.realm, bookings)
        try await metrics.keepPace()
        return OperationResponse()
    }

    private func booking(_ datum: AWSValue, path: String, namespace: String, now: SimInstant) throws -> MetricBooking {
        guard let name = datum["MetricName"]?.string else { throw CloudWatchFault.missing("\(path).MetricName") }
        let dimensions = try DimensionReading.dimensions(datum["Dimensions"], path: "\(path).Dimensions")
        let instant = datum["Timestamp"]?.instant ?? now
        guard instant >= now - Self.pastMax else {
            throw CloudWatchFault.invalidValue(
                "The parameter \(path).Timestamp must specify a time within the past two weeks.")
        }
        guard instant <= now + Self.futureMax else {
            throw CloudWatchFault.invalidValue(
                "The parameter \(path).Timestamp must specify a time no more than two hours in the future.")
        }
        let unitText = datum["Unit"]?.string ?? MetricUnit.none.rawValue
        guard let unit = MetricUnit(rawValue: unitText) else { throw CloudWatchFault.invalid(unitText, "\(path).Unit") }
        let resolution = datum["StorageResolution"]?.int ?? 60
        guard resolution == 1 || resolution == 60 else {
            throw CloudWatchFault.invalid("\(resolution)", "\(path).StorageResolution")
        }
        return MetricBooking(
            metric: MetricIdentity(namespace: namespace, name: name, dimensions: dimensions), unit: unit,
            instant: instant, samples: try samples(datum, path: path), isHighResolution: resolution == 1)
    }

    /// Exactly one of Value, Values with Counts, and StatisticValues.
    private func samples(_ datum: AWSValue, path: String) throws -> SampleSet {
        let value = datum["Value"], values = datum["Values"]?.list, set = datum["StatisticValues"]
        let counts = datum["Counts"]?.list
        if value != nil, values != nil { throw CloudWatchFault.bothSpecified("\(path).Value", "\(path).Values") }
        if value != nil, set != nil { throw CloudWatchFault.bothSpecified("\(path).Value", "\(path).StatisticValues") }
        if values != nil, set != nil { throw CloudWatchFault.bothSpecified("\(path).Values", "\(path).StatisticValues") }
        if let counts, counts.count != values?.count {
            throw CloudWatchFault.invalidValue("The parameters \(path).Values and \(path).Counts must be of the same size.")
        }
        if let value { return SampleSet(try number(value, "\(path).Value")) }
        if let set { return try statisticSet(set, path: "\(path).StatisticValues") }
        guard let values, !values.isEmpty else { throw CloudWatchFault.missing("\(path).Value") }
        guard values.count <= Self.valuesMax else { throw CloudWatchFault.tooMany("\(path).Values", maximum: Self.valuesMax) }
        var samples = SampleSet()
        for (index, value) in values.enumerated() {
            let count = try counts.map { try number($0[index], "\(path).Counts.member.\(index + 1)") } ?? 1
            guard count >= 0 else { throw CloudWatchFault.invalid(javaDouble(count), "\(path).Counts.member.\(index + 1)") }
            samples.add(try number(value, "\(path).Values.member.\(index + 1)"), count: count)
        }
        return samples
    }

    private func statisticSet(_ set: AWSValue, path: String) throws -> SampleSet {
        func member(_ name: String) throws -> Double {
            guard let value = set[name] else { throw CloudWatchFault.missing("\(path).\(name)") }
            return try number(value, "\(path).\(name)")
        }
        let count = try member("SampleCount")
        let minimum = try member("Minimum"), maximum = try member("Maximum")
        // AWS: inferred. A set of no samples, or of a minimum above its maximum, describes nothing.
        guard count > 0 else { throw CloudWatchFault.invalid(javaDouble(count), "\(path).SampleCount") }
        guard minimum <= maximum else { throw CloudWatchFault.invalid(javaDouble(minimum), "\(path).Minimum") }
        return SampleSet(count: count, sum: try member("Sum"), minimum: minimum, maximum: maximum)
    }

    private func number(_ value: AWSValue, _ path: String) throws -> Double {
        guard let number = value.double, number.magnitude <= Self.valueLimit else {
            throw CloudWatchFault.invalid(value.double.map(javaDouble) ?? "null", path)
        }
        return number
    }
}
