import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Endpoints with an explainer: what is explained, in which form, and what cannot be.
@Suite struct ExplainerTests {
    static func config(
        baseline: AWSValue = ["ShapBaseline": "0,0,0"], shap: AWSObject = [:], inference: AWSObject? = nil,
        expression: String? = nil
    ) -> AWSValue {
        var own: AWSObject = ["ShapBaselineConfig": baseline]
        for entry in shap.entries { own[entry.key] = entry.value }
        return ["ClarifyExplainerConfig": [
            "ShapConfig": .object(own), "InferenceConfig": inference.map { .object($0) },
            "EnableExplanations": expression.map { .string($0) },
        ]]
    }

    static func served(_ explainer: AWSValue = config(), _ body: (Hosting) async throws -> Void) async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "explained", "ExplainerConfig": explainer,
                "ProductionVariants": [Hosting.variant(model: "blue-model", count: 2)],
            ])
            try await hosting.makeEndpoint("churn", config: "explained")
            try await body(hosting)
        }
    }

    static func invoke(_ hosting: Hosting, _ text: String, expression: String? = nil) async throws -> AWSObject {
        var headers = ["Accept": "text/csv"]
        headers["X-Amzn-SageMaker-Enable-Explanations"] = expression
        let answer = try await hosting.invoke(headers: headers, body: Array(text.utf8))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.headers["Content-Type"] == "application/json")
        return answer.json
    }

    /// The attributions of each record; nil for one that is not explained.
    static func attributions(_ answer: AWSObject) -> [[Double]?]? {
        answer["explanations"]?["kernel_shap"]?.list?.map { record in
            record.list?.compactMap { $0["attributions"]?.list?.first?["attribution"]?.list?.first?.double }
        }
    }

    static func predictions(_ answer: AWSObject) -> [Double] {
        (answer["predictions"]?["data"]?.string ?? "").split(separator: "\n").compactMap { Double($0) }
    }

    @Test func attributionsAddUpToThePrediction() async throws {
        try await Self.served { hosting in
            try await hosting.toNextMinute()
            let answer = try await Self.invoke(hosting, "1,2,3\n4,5,6\n")
            #expect(answer["version"] == "1.0" && answer["predictions"]?["content_type"] == "text/csv; charset=utf-8")
            let found = Self.attributions(answer) ?? []
            #expect(found.count == 2 && found.allSatisfy { $0?.count == 3 })
            let plain = try await Self.invoke(hosting, "0,0,0", expression: "`false`")
            #expect(plain["explanations"] == [:])
            let baseline = Self.predictions(plain).first ?? 0
            for (prediction, attribution) in zip(Self.predictions(answer), found) {
                #expect(abs((attribution ?? []).reduce(0, +) - (prediction - baseline)) < 1e-9)
            }
            let again = try await Self.invoke(hosting, "1,2,3\n4,5,6\n")
            #expect(again["explanations"] == answer["explanations"])
            try await hosting.coldframe.advance(by: .minutes(1))
            // Two records each time, over two instances; the synthetic calls are not invocations.
            #expect(try await hosting.points("ExplanationsPerInstance") == [2])
            #expect(try await hosting.points("Invocations").last == 3)
        }
    }

    @Test func theExpressionDecidesRecordByRecord() async throws {
        try await Self.served(Self.config(expression: "[0] > `2`")) { hosting in
            try await hosting.coldframe.setBehavior("two", ["respond": ["body": "1\n3", "contentType": "text/csv"]])
            // The synthetic records need answers of their number: of a scripted model only these two have them.
            let answer = try await hosting.invoke(body: Array("1,2,3\n4,5,6".utf8))
            #expect(answer.status == 400 && answer.json["Message"]?.string?.contains("records to") == true)
            try await hosting.coldframe.setBehavior("two", ["respond": ["body": "1\n2", "contentType": "text/csv"]])
            let none = try await Self.invoke(hosting, "1,2,3\n4,5,6")
            #expect(none["explanations"] == [:])
        }
        try await Self.served(Self.config(expression: "`false`")) { hosting in
            let none = try await Self.invoke(hosting, "1,2,3")
            #expect(Self.attributions(none) == nil)
            let found = Self.attributions(try await Self.invoke(hosting, "1,2,3\n4,5,6", expression: "`true`"))
            #expect(found?.count == 2)
        }
    }

    @Test func headersBatchesAndSeveralBaselines() async throws {
        let inference: AWSObject = [
            "FeatureHeaders": ["a", "b"], "LabelHeaders": ["churn"], "MaxRecordCount": 1, "ProbabilityIndex": 0,
        ]
        let config = Self.config(
            baseline: ["ShapBaseline": "0,0\n5,5", "MimeType": "text/csv"], shap: ["UseLogit": true, "Seed": 7],
            inference: inference)
        try await Self.served(config) { hosting in
            let described = try await hosting.describe()
            #expect(described["ExplainerConfig"] == config)
            let answer = try await Self.invoke(hosting, "1,x")
            #expect(answer["label_headers"] == ["churn"])
            let features = answer["explanations"]?["kernel_shap"]?.list?.first?.list ?? []
            #expect(features.map { $0["feature_header"]?.string } == ["a", "b"])
            let values = features.map { $0["attributions"]?.list?.first?["attribution"]?.list?.first?.double }
            #expect(values.allSatisfy { $0?.isFinite == true })
        }
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        var name: String
        var body = "1,2,3"
        var headers: [String: String] = [:]
        var respond: AWSValue = [:]
        var status = 400
        var message: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Refused(name: "JSON", headers: ["Content-Type": "application/json"], message: "request is not text/csv"),
        Refused(name: "an answer in JSON", headers: ["Accept": "application/json"], message: "answer is not text/csv"),
        Refused(name: "other features than the baseline", body: "1,2", message: "2 features, and the ShapBaseline 3"),
        Refused(name: "an answer that is no number", respond: ["body": "cat", "contentType": "text/csv"], message: "no scores"),
        Refused(name: "an expression that is no condition", headers: ["X-Amzn-SageMaker-Enable-Explanations": "[0]"],
                message: "neither true nor false"),
        Refused(name: "an expression beyond the subset",
                headers: ["X-Amzn-SageMaker-Enable-Explanations": "max(@)>`1`"], status: 501, message: "max(@)"),
    ])
    func requestsThatCannotBeExplained(_ row: Refused) async throws {
        try await Self.served { hosting in
            try await hosting.coldframe.setBehavior("scripted", ["respond": row.respond, "match": [
                "modelName": row.respond == [:] ? "none" : "*",
            ]])
            let answer = try await hosting.invoke(headers: row.headers, body: Array(row.body.utf8))
            #expect(answer.status == row.status)
            #expect(answer.text.contains(row.message), "\(answer.text)")
        }
    }

    /// 16 features have 2,080 coalitions; what would be too much is refused before the model gets any of it.
    @Test(arguments: [(63, 1, false), (40, 2, false), (3, 1, true)])
    func theSyntheticDatasetIsBounded(_ baseline: Int, _ records: Int, _ isExplained: Bool) async throws {
        let row = Array(repeating: "0", count: 16).joined(separator: ",")
        func rows(_ count: Int) -> String { Array(repeating: row, count: count).joined(separator: "\n") }
        try await Self.served(Self.config(baseline: ["ShapBaseline": .string(rows(baseline))])) { hosting in
            // An answer that any further call to the model would be refused for.
            let scores = Array(repeating: "0.5", count: records).joined(separator: "\n")
            if !isExplained {
                try await hosting.coldframe.setBehavior(
                    "scripted", ["respond": ["body": .string(scores), "contentType": "text/csv"]])
            }
            let answer = try await hosting.invoke(
                headers: ["Accept": "text/csv"], body: Array(rows(records).utf8))
            #expect((answer.status == 200) == isExplained)
            #expect(answer.text.contains("more than 100000 records") == !isExplained, "\(answer.text.prefix(300))")
        }
    }

    @Test func streamsAreNotExplained() async throws {
        try await Self.served { hosting in
            let answer = try await ResponseStreamTests.stream(hosting)
            #expect(answer.status == 400 && answer.errorType == "ValidationError")
        }
    }

    @Test(arguments: [
        ([:], "ClarifyExplainerConfig", 400),
        (config(baseline: [:]), "needs a ShapBaseline", 400),
        (config(baseline: ["ShapBaseline": "1", "ShapBaselineUri": "s3://b/k"]), "cannot both", 400),
        (config(baseline: ["ShapBaseline": "1,2\n3"]), "same number of features", 400),
        (config(baseline: ["ShapBaselineUri": "s3://b/k"]), "ShapBaselineUri", 501),
        (config(baseline: ["ShapBaseline": "1", "MimeType": "application/jsonlines"]), "application/jsonlines", 501),
        (config(shap: ["TextConfig": ["Language": "en", "Granularity": "token"]]), "TextConfig", 501),
        (config(inference: ["FeaturesAttribute": "f"]), "FeaturesAttribute", 501),
        (config(expression: "probability>`0.5`"), "probability>`0.5`", 501),
    ] as [(AWSValue, String, Int)])
    func configurations(_ explainer: AWSValue, _ words: String, _ status: Int) async throws {
        try await Hosting.with { hosting in
            let fault = try await hosting.fault("CreateEndpointConfig", [
                "EndpointConfigName": "refused", "ExplainerConfig": explainer,
                "ProductionVariants": [Hosting.variant(model: "blue-model")],
            ])
            #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "no fault")")
            #expect((fault?.code == "NotImplementedException") == (status == 501))
        }
    }
}
