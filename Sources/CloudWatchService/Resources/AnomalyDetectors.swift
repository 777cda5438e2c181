import AWSModel
import Foundation
import Gateway
import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// An anomaly detector as it is stored.
struct AnomalyDetectorRecord: Codable, Sendable, Equatable {
    static let documentType = "anomaly-detector"

    /// `SingleMetricAnomalyDetector`, with the account; nil for detectors on expressions.
    var single: AWSObject?
    /// `MetricMathAnomalyDetector`, as it was sent.
    var math: AWSValue?
    var configuration: AWSObject
    var characteristics: AWSValue?

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: AlarmBook.service, type: documentType)
    }

    /// What makes a detector the same as another: its metric and statistic, or its expressions.
    var name: String {
        var identity: AWSValue = math ?? .object(single ?? [:])
        if var object = single {
            let dimensions = (object["Dimensions"]?.list ?? []).sorted {
                ($0["Name"]?.string ?? "") < ($1["Name"]?.string ?? "")
            }
            object["Dimensions"] = .list(dimensions)
            identity = .object(["S": object["Namespace"], "M": object["MetricName"], "D": object["Dimensions"], "T": object["Stat"]])
        }
        return JSONText.value(identity)
    }

    /// How the bands of metrics that have a detector are learned, by the ids that the metrics have in a request.
    static func settings(
        of stats: [(id: String, stat: MetricStat)], _ realm: Realm, at instant: SimInstant, _ reader: StoreReader
    ) throws -> [String: BandSettings] {
        let detectors = try reader.documents(collection(realm), as: Self.self).map(\.value)
        var settings: [String: BandSettings] = [:]
        for (id, stat) in stats {
            let own = detectors.first { $0.metric == stat.metric && $0.single?["Stat"]?.string == stat.statisticText }
            settings[id] = own?.settings(at: instant)
        }
        return settings
    }

    func settings(at instant: SimInstant) -> BandSettings {
        let ranges = (configuration["ExcludedTimeRanges"]?.list ?? []).compactMap { range -> Range<SimInstant>? in
            guard let start = range["StartTime"]?.instant, let end = range["EndTime"]?.instant, start < end else { return nil }
            return start..<end
        }
        let zone = configuration["MetricTimezone"]?.string.flatMap { TimeZone(identifier: $0) }
        let seconds = zone?.secondsFromGMT(for: Date(timeIntervalSince1970: instant.secondsSinceEpoch)) ?? 0
        return BandSettings(excluded: ranges, offset: .seconds(Int64(seconds)))
    }

    var metric: MetricIdentity? {
        guard let single else { return nil }
        return MetricIdentity(
            namespace: single["Namespace"]?.string ?? "", name: single["MetricName"]?.string ?? "",
            dimensions: (single["Dimensions"]?.list ?? []).map {
                MetricDimension(name: $0["Name"]?.string ?? "", value: $0["Value"]?.string ?? "")
            })
    }
}

/// PutAnomalyDetector, DescribeAnomalyDetectors and DeleteAnomalyDetector. AWS: spec/cloudwatch.md §11.
/// The band itself is `BandModel`, which needs no detector; a detector tells what it is learned from, and whether that is
/// enough.
struct AnomalyDetectors: Sendable {
    let timeline: Timeline
    let metrics: MetricStore

    private static let pageSize = 100

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let record = try Self.record(request), realm = request.context.realm
        try await timeline.turn { turn in
            try turn.transaction.put(AnomalyDetectorRecord.collection(realm).key(record.name), record)
        }
        return OperationResponse()
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let record = try Self.record(request), realm = request.context.realm
        try await timeline.turn { turn in
            let key = AnomalyDetectorRecord.collection(realm).key(record.name)
            guard try turn.transaction.document(key, as: AnomalyDetectorRecord.self) != nil else {
                throw CloudWatchFault.unknownResource(
                    record.metric?.name ?? "MetricMathAnomalyDetector", type: "cloudwatch:anomaly-detector")
            }
            try turn.transaction.delete(key)
        }
        return OperationResponse()
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, context = request.context
        let types = (input["AnomalyDetectorTypes"]?.list ?? []).compactMap(\.string)
        let wanted: Set<String> = types.isEmpty ? ["SINGLE_METRIC"] : Set(types)
        let dimensions = try DimensionReading.dimensions(input["Dimensions"], path: "Dimensions").sorted()
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let records = try timeline.store.documents(
            AnomalyDetectorRecord.collection(context.realm), as: AnomalyDetectorRecord.self)
        let matching = records.filter { name, record in
            let metric = record.metric
            return wanted.contains(metric == nil ? "METRIC_MATH" : "SINGLE_METRIC") && (after == nil || name > after ?? "")
                && (input["Namespace"].map { $0.string == metric?.namespace } ?? true)
                && (input["MetricName"].map { $0.string == metric?.name } ?? true)
                && (dimensions.isEmpty || metric?.dimensions == dimensions)
        }
        let page = matching.prefix(min(Self.pageSize, input["MaxResults"]?.int ?? Self.pageSize))
        var shown: [AWSValue] = []
        for (_, record) in page { shown.append(try await described(record, context)) }
        var output: AWSObject = ["AnomalyDetectors": .list(shown)]
        if page.count < matching.count, let last = page.last {
            output.append("NextToken", .string(PageToken.encode(last.name)))
        }
        return OperationResponse(output)
    }

    private func described(_ record: AnomalyDetectorRecord, _ context: RequestContext) async throws -> AWSValue {
        var shown: AWSObject = [:]
        // AWS: recorded — the legacy members repeat the single metric.
        for member in ["Namespace", "MetricName", "Dimensions", "Stat"] { shown[member] = record.single?[member] }
        shown["Configuration"] = .object(record.configuration)
        shown["StateValue"] = .string(try await state(record, context))
        shown["MetricCharacteristics"] = record.characteristics
        shown["SingleMetricAnomalyDetector"] = record.single.map(AWSValue.object)
        shown["MetricMathAnomalyDetector"] = record.math
        return .object(shown)
    }

    /// Trained as soon as there are enough datapoints. AWS: recorded for the values.
    private func state(_ record: AnomalyDetectorRecord, _ context: RequestContext) async throws -> String {
        guard let metric = record.metric, let text = record.single?["Stat"]?.string,
              let statistic = try? StatisticChoice(parsing: text)
        else { return "PENDING_TRAINING" }
        let past = MathReading(
            metrics: metrics, realm: context.realm, now: context.now, from: context.now - BandModel.trainingSpan, to: context.now)
        let stat = MetricStat(metric: metric, statisticText: text, statistic: statistic, periodSeconds: 60)
        let points = try await past.read([stat], labels: [""]).first?.series.points ?? []
        if points.isEmpty { return "PENDING_TRAINING" }
        return BandModel(training: points, settings: record.settings(at: context.now)) == nil ? "TRAINED_INSUFFICIENT_DATA" : "TRAINED"
    }

    // MARK: Reading

    private static func record(_ request: OperationRequest) throws -> AnomalyDetectorRecord {
        let input = request.input, account = request.context.caller.account.digits
        var configuration = input["Configuration"]?.object ?? [:]
        if configuration["ExcludedTimeRanges"] == nil { configuration["ExcludedTimeRanges"] = [] }
        for (index, range) in (configuration["ExcludedTimeRanges"]?.list ?? []).enumerated() {
            guard let start = range["StartTime"]?.instant, let end = range["EndTime"]?.instant, start < end else {
                throw CloudWatchFault.invalidValue(
                    "The parameter Configuration.ExcludedTimeRanges.member.\(index + 1).StartTime must be less than the "
                        + "parameter EndTime.")
            }
        }
        if let zone = configuration["MetricTimezone"]?.string, TimeZone(identifier: zone) == nil {
            throw CloudWatchFault.invalid(zone, "Configuration.MetricTimezone")
        }
        if let math = input["MetricMathAnomalyDetector"] {
            for member in ["SingleMetricAnomalyDetector", "Namespace", "MetricName", "Dimensions", "Stat"] where input[member] != nil {
                throw CloudWatchFault.bothSpecified("MetricMathAnomalyDetector", member)
            }
            let queries = try MetricDataQuery.queries(
                math["MetricDataQueries"], path: "MetricMathAnomalyDetector.MetricDataQueries",
                operation: request.context.operation, account: account)
            _ = try MetricDataQuery.plan(queries)
            guard queries.count(where: \.isReturned) == 1 else {
                throw AWSFault.validation("Exactly one element of the metrics list should return data.")
            }
            return AnomalyDetectorRecord(
                single: nil, math: math, configuration: configuration, characteristics: input["MetricCharacteristics"])
        }
        let source = input["SingleMetricAnomalyDetector"]?.object ?? input
        let path = input["SingleMetricAnomalyDetector"] == nil ? "" : "SingleMetricAnomalyDetector."
        guard let namespace = source["Namespace"] else { throw CloudWatchFault.missing("\(path)Namespace") }
        guard let name = source["MetricName"] else { throw CloudWatchFault.missing("\(path)MetricName") }
        guard let stat = source["Stat"]?.string else { throw CloudWatchFault.missing("\(path)Stat") }
        guard (try? StatisticChoice(parsing: stat)) != nil else { throw CloudWatchFault.unsupported(stat, "\(path)Stat") }
        _ = try DimensionReading.dimensions(source["Dimensions"], path: "\(path)Dimensions")
        let single: AWSObject = [
            "AccountId": .string(account), "Namespace": namespace, "MetricName": name,
            "Dimensions": source["Dimensions"] ?? [], "Stat": .string(stat),
        ]
        return AnomalyDetectorRecord(
            single: single, math: nil, configuration: configuration, characteristics: input["MetricCharacteristics"])
    }
}
