import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Words of the hosting tests: resources, calls that must fail, and what a poller sees.
struct Hosting {
    static let account = "123456789012"
    static let endpointARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn"
    static let busy = "Cannot update in-progress endpoint \"\(endpointARN)\"."

    static func arn(_ resource: String) -> String { "arn:aws:sagemaker:us-east-1:123456789012:\(resource)" }

    let coldframe: LocalColdframe

    /// A fresh server with the configurations `blue` and `green`, of a model each, and nothing deployed.
    static func with<T: Sendable>(seed: UInt64 = 1, _ body: (Hosting) async throws -> T) async throws -> T {
        try await LocalColdframe.with(seed: seed) { coldframe in
            let hosting = Hosting(coldframe: coldframe)
            for config in ["blue", "green"] { try await hosting.makeConfig(config) }
            return try await body(hosting)
        }
    }

    /// The same with an endpoint `churn` in service under `blue`.
    static func served<T: Sendable>(seed: UInt64 = 1, _ body: (Hosting) async throws -> T) async throws -> T {
        try await with(seed: seed) { hosting in
            try await hosting.makeEndpoint("churn", config: "blue")
            return try await body(hosting)
        }
    }

    @discardableResult
    func call(_ operation: String, _ input: AWSValue = [:], service: String = "sagemaker") async throws -> AWSValue {
        try await coldframe.call(service: service, operation: operation, input: input)
    }

    /// The error that a call answers; nil when it succeeds.
    func fault(_ operation: String, _ input: AWSValue = [:], service: String = "sagemaker") async throws -> CallFault? {
        do {
            try await call(operation, input, service: service)
            return nil
        } catch let fault as CallFault {
            return fault
        }
    }

    // MARK: Resources

    func makeModel(_ name: String) async throws {
        try await call("CreateModel", [
            "ModelName": .string(name), "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
            "PrimaryContainer": ["Image": "images/m:1", "ModelDataUrl": "s3://b/m.tar.gz"],
        ])
    }

    static func variant(
        _ name: String = "AllTraffic", model: String, count: Int64 = 3, weight: Double? = 1
    ) -> AWSValue {
        [
            "VariantName": .string(name), "ModelName": .string(model), "InstanceType": "ml.m5.xlarge",
            "InitialInstanceCount": .integer(count), "InitialVariantWeight": weight.map { .double($0) },
        ]
    }

    /// A configuration; without variants, three instances of a new model named `NAME-model`.
    func makeConfig(_ name: String, _ variants: [AWSValue] = []) async throws {
        if variants.isEmpty { try await makeModel(name + "-model") }
        try await call("CreateEndpointConfig", [
            "EndpointConfigName": .string(name),
            "ProductionVariants": .list(variants.isEmpty ? [Self.variant(model: name + "-model")] : variants),
        ])
    }

    func makeEndpoint(_ name: String, config: String) async throws {
        try await call("CreateEndpoint", ["EndpointName": .string(name), "EndpointConfigName": .string(config)])
        try await settle(name)
    }

    func describe(_ name: String = "churn") async throws -> AWSValue {
        try await call("DescribeEndpoint", ["EndpointName": .string(name)])
    }

    /// Advances until the endpoint is in service or failed; its description then.
    @discardableResult
    func settle(_ name: String = "churn") async throws -> AWSValue {
        for _ in 0..<2000 {
            let described = try await describe(name)
            if ["InService", "Failed"].contains(described["EndpointStatus"]?.string) { return described }
            try await coldframe.advance(by: .seconds(1))
        }
        Issue.record("\(name) does not settle")
        return .null
    }

    // MARK: Invocations and metrics

    /// One invocation as HTTP sees it.
    func invoke(
        _ endpoint: String = "churn", headers: [String: String] = [:], body: [UInt8] = Array("1,2,3".utf8)
    ) async throws -> HTTPAnswer {
        var all: HTTPHeaders = ["Host": "localhost", "Content-Type": "text/csv"]
        for (name, value) in headers { all.set(name, value) }
        return try await coldframe.send(HTTPRequest(
            method: "POST", target: "/endpoints/\(endpoint)/invocations", headers: all, body: RequestBody(bytes: body)))
    }

    /// The datapoints of a metric of `churn` in the last hour, oldest first.
    func points(
        _ metric: String, _ statistic: String = "Sum", variant: String = "AllTraffic", config: String? = nil
    ) async throws -> [Double] {
        var dimensions: [AWSValue] = [
            ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": .string(variant)],
        ]
        if let config { dimensions.append(["Name": "EndpointConfigName", "Value": .string(config)]) }
        let answer = try await call("GetMetricStatistics", [
            "Namespace": "AWS/SageMaker", "MetricName": .string(metric), "Period": 60,
            "Statistics": [.string(statistic)], "Dimensions": .list(dimensions),
            "StartTime": .timestamp(coldframe.now - .hours(1)), "EndTime": .timestamp(coldframe.now + .minutes(1)),
        ], service: "cloudwatch")
        let points = (answer["Datapoints"]?.list ?? []).sorted {
            ($0["Timestamp"]?.instant ?? coldframe.now) < ($1["Timestamp"]?.instant ?? coldframe.now)
        }
        return points.compactMap { $0[statistic]?.double }
    }

    func toNextMinute() async throws {
        try await coldframe.advance(to: coldframe.now.floored(to: .minutes(1)) + .minutes(1))
    }
}

extension HTTPAnswer {
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: AWSObject { (try? JSON.parse(body))?.object ?? [:] }
    /// The error code before its namespace.
    var errorType: String? { headers["x-amzn-ErrorType"]?.split(separator: ":").first.map(String.init) }
}
