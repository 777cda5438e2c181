import AWSModel
import Testing

/// Reports how long the hot paths take (build with `-c release` for figures that mean something); asserts nothing of
/// time, since the machine is shared.
struct TimingTests {
    private func report(_ name: String, rounds: Int, _ body: () throws -> Void) rethrows {
        try body()
        let clock = ContinuousClock()
        let duration = try clock.measure { for _ in 0..<rounds { try body() } }
        print("\(name): \(duration / rounds)")
    }

    @Test func parsing() throws {
        for name in ["sagemaker", "cloudwatch", "s3"] {
            let table = try #require(ModelCatalog.shared.table(of: ServiceID(name)))
            try report("parse \(name)", rounds: 20) { _ = try ModelTable.parse(table) }
        }
    }

    private static let validInputs: [(service: String, operation: String, input: AWSObject)] = [
        ("sagemaker", "CreateModel", [
            "ModelName": "house-price-xgboost-1", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/service-role/SageMaker",
            "PrimaryContainer": [
                "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
                "ModelDataUrl": "s3://sagemaker-us-east-1-123456789012/models/house-price/model.tar.gz",
                "Environment": ["SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_REGION": "us-east-1"],
            ],
            "Tags": [["Key": "team", "Value": "ml"], ["Key": "stage", "Value": "test"]],
        ]),
        ("sagemaker", "CreateEndpointConfig", [
            "EndpointConfigName": "house-price-config-2", "ProductionVariants": [[
                "VariantName": "AllTraffic", "ModelName": "house-price-xgboost-1", "InitialInstanceCount": 2,
                "InstanceType": "ml.m5.xlarge", "InitialVariantWeight": 1.0,
            ]],
            "Tags": [["Key": "team", "Value": "ml"]],
        ]),
        ("cloudwatch", "PutMetricData", [
            "Namespace": "Custom/Service",
            "MetricData": .list((0..<10).map { index in
                ["MetricName": "Latency", "Dimensions": [["Name": "Host", "Value": "h\(index)"]], "Value": 1.5, "Unit": "Milliseconds"]
            }),
        ]),
        ("sagemaker-runtime", "InvokeEndpoint", ["EndpointName": "house-price", "ContentType": "text/csv", "Accept": "text/csv"]),
    ]

    @Test func validation() throws {
        for (service, operation, input) in Self.validInputs {
            let model = try #require(ModelCatalog.shared.model(ServiceID(service)))
            let shape = try #require(model.operations[operation]?.input)
            #expect(ConstraintValidator().validate(input, as: shape, in: model) == [])
            report("validate \(operation)", rounds: 200) {
                _ = ConstraintValidator().validate(input, as: shape, in: model)
            }
        }
    }
}
