import AWSModel
import AWSProtocols
import ColdframeServer
import ColdframeTesting
import Dispatch
import Gateway
import HTTPServer
import Outbound
import SimTime
import Synchronization
import Testing
import Timeline

@Suite struct StateTests {
    /// An endpoint in mid-canary with traffic, an alarm, metrics, a user with a key, and two objects.
    static func populate(_ coldframe: LocalColdframe) async throws {
        for name in ["v1", "v2"] {
            try await coldframe.call(service: "sagemaker", operation: "CreateModel", input: [
                "ModelName": .string(name), "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "PrimaryContainer": ["Image": "i:1", "ModelDataUrl": "s3://b/m.tar.gz"],
            ])
            try await coldframe.call(service: "sagemaker", operation: "CreateEndpointConfig", input: [
                "EndpointConfigName": .string(name),
                "ProductionVariants": [[
                    "VariantName": "AllTraffic", "ModelName": .string(name), "InstanceType": "ml.m5.xlarge",
                    "InitialInstanceCount": 3,
                ]],
            ])
        }
        try await coldframe.call(
            service: "sagemaker", operation: "CreateEndpoint",
            input: ["EndpointName": "churn", "EndpointConfigName": "v1"])
        try await coldframe.advance(by: .seconds(60))
        try await coldframe.call(service: "sagemaker", operation: "UpdateEndpoint", input: [
            "EndpointName": "churn", "EndpointConfigName": "v2",
            "DeploymentConfig": ["BlueGreenUpdatePolicy": [
                "TrafficRoutingConfiguration": [
                    "Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": ["Type": "INSTANCE_COUNT", "Value": 1],
                ],
            ]],
        ])
        try await coldframe.call(service: "cloudwatch", operation: "PutMetricAlarm", input: [
            "AlarmName": "a", "Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"]],
        ])
        try await coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 3, seed: 4)
        try await coldframe.setBehavior("odd", ["match": ["modelName": "v2"], "respond": ["status": 503, "errorRate": 0.5]])
        for (path, body) in [("/bucket", ""), ("/bucket/small", "hello"), ("/bucket/large", String(repeating: "x", count: 700_001))] {
            let answer = try await coldframe.send(HTTPRequest(
                method: "PUT", target: path, headers: ["Host": "s3.localhost"], body: RequestBody(bytes: Array(body.utf8))))
            #expect(answer.status == 200)
        }
        try await coldframe.advance(by: .seconds(95))
    }

    /// What a client can see, as text.
    static func view(_ coldframe: LocalColdframe) async throws -> [String] {
        var seen: [String] = []
        for (service, operation, input) in [
            ("sagemaker", "ListModels", [:]), ("sagemaker", "ListEndpointConfigs", [:]), ("sagemaker", "ListEndpoints", [:]),
            ("cloudwatch", "DescribeAlarms", [:]), ("cloudwatch", "ListMetrics", [:]),
            ("cloudwatch", "GetMetricStatistics", [
                "Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Period": 60, "Statistics": ["Sum"],
                "StartTime": .timestamp(LocalColdframe.start), "EndTime": .timestamp(LocalColdframe.start + .hours(1)),
                "Dimensions": [["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"]],
            ]),
        ] as [(String, String, AWSValue)] {
            seen.append("\(operation): \(try await coldframe.call(service: service, operation: operation, input: input))")
        }
        let endpoint = try? await coldframe.call(
            service: "sagemaker", operation: "DescribeEndpoint", input: ["EndpointName": "churn"])
        seen.append("endpoint: \(String(describing: endpoint))")
        for path in ["clock", "behaviors", "events"] { seen.append(JSON.string(try await coldframe.control("GET", path))) }
        for path in ["/bucket", "/bucket/small", "/bucket/large"] {
            let answer = try await coldframe.send(HTTPRequest(method: "GET", target: path, headers: ["Host": "s3.localhost"]))
            seen.append("\(path): \(answer.status) \(answer.status == 200 ? String(decoding: answer.body, as: UTF8.self) : "")")
        }
        return seen
    }

    static func export(_ coldframe: LocalColdframe) async throws -> [UInt8] {
        let response = await coldframe.server.gateway.respond(to: HTTPRequest(
            method: "POST", target: "/_coldframe/state/export", headers: ["Host": "localhost"]))
        #expect(response.status == 200)
        guard case .stream(let length, let next) = response.body else { throw CallProblem.unreadableAnswer }
        var bytes: [UInt8] = []
        while let run = try await next() {
            #expect(run.count <= 300_000)
            bytes += run
        }
        #expect(bytes.count == length)
        return bytes
    }

    /// Sends the bytes in runs of odd lengths.
    static func importing(_ coldframe: LocalColdframe, _ bytes: [UInt8]) async throws -> HTTPAnswer {
        let position = Mutex(0)
        let body = RequestBody(contentLength: bytes.count) {
            position.withLock { position in
                guard position < bytes.count else { return nil }
                let run = Array(bytes[position..<min(bytes.count, position + 70_007)])
                position += run.count
                return run
            }
        }
        return try await coldframe.send(HTTPRequest(
            method: "POST", target: "/_coldframe/state/import", headers: ["Host": "localhost"], body: body))
    }

    @Test func whatIsExportedComesBackWhole() async throws {
        try await LocalColdframe.with { coldframe in
            try await Self.populate(coldframe)
            let snapshot = try await Self.export(coldframe)
            let before = try await Self.view(coldframe)
            #expect(before.contains { $0.contains("ActivatingTraffic") || $0.contains("Baking for 300 seconds") })
            #expect(ArchiveText.files(snapshot).prefix(2).map(\.name) == ["coldframe-snapshot.json", "coldframe.sqlite"])
            #expect(ArchiveText.files(snapshot).contains { $0.content.elementsEqual("hello".utf8) })

            try await coldframe.control("POST", "reset")
            #expect(try await Self.view(coldframe) != before)
            #expect(try await Self.importing(coldframe, snapshot).status == 200)
            #expect(try await Self.view(coldframe) == before)
            // The deployment goes on from where it was.
            try await coldframe.advance(by: .seconds(600))
            let endpoint = try await coldframe.call(
                service: "sagemaker", operation: "DescribeEndpoint", input: ["EndpointName": "churn"])
            #expect(endpoint["EndpointStatus"] == "InService" && endpoint["EndpointConfigName"] == "v2")
        }
    }

    /// A walk over a large database must not hold up everybody's turns.
    @Test func aSnapshotIsCheckedBesideTheTimeline() async throws {
        try await LocalColdframe.with { coldframe in
            let gate = DispatchSemaphore(value: 0), status = Atomic(0)
            async let held: Void = coldframe.server.timeline.betweenTurns { gate.wait() }
            defer { gate.signal() }
            Task {
                let none = ArchiveText.file("coldframe.sqlite", Array(repeating: 7, count: 5000))
                let answer = try await Self.importing(coldframe, ArchiveText.manifest() + none + ArchiveText.end)
                status.store(answer.status, ordering: .releasing)
            }
            let deadline = ContinuousClock.now + .seconds(20)
            while status.load(ordering: .acquiring) == 0, ContinuousClock.now < deadline { await Task.yield() }
            #expect(status.load(ordering: .acquiring) == 400)
            gate.signal()
            try await held
        }
    }

    @Test func anotherServerTakesItOverAndForgetsItsOwn() async throws {
        let (snapshot, seen) = try await LocalColdframe.with { coldframe in
            try await Self.populate(coldframe)
            return (try await Self.export(coldframe), try await Self.view(coldframe))
        }
        try await LocalColdframe.with { coldframe in
            _ = try await coldframe.send(HTTPRequest(method: "PUT", target: "/mine", headers: ["Host": "s3.localhost"]))
            _ = try await coldframe.send(HTTPRequest(
                method: "PUT", target: "/mine/k", headers: ["Host": "s3.localhost"], body: RequestBody(bytes: [1, 2, 3])))
            #expect(try await Self.importing(coldframe, snapshot).status == 200)
            #expect(try await Self.view(coldframe) == seen)
            // Its own blob is gone: the next snapshot holds only what the first one held.
            let names = ArchiveText.files(try await Self.export(coldframe)).map(\.name)
            #expect(names == ArchiveText.files(snapshot).map(\.name))
        }
    }

    /// Layers of images are kept apart from objects, and travel too.
    @Test func layersTravelWithTheState() async throws {
        try await LocalColdframe.with { coldframe in
            try await coldframe.call(service: "ecr", operation: "CreateRepository", input: ["repositoryName": "images"])
            let layer = Array("a layer of some bytes".utf8)
            let begun = try await coldframe.call(
                service: "ecr", operation: "InitiateLayerUpload", input: ["repositoryName": "images"])
            let id = try #require(begun["uploadId"])
            try await coldframe.call(service: "ecr", operation: "UploadLayerPart", input: [
                "repositoryName": "images", "uploadId": id, "partFirstByte": 0, "partLastByte": .integer(Int64(layer.count - 1)),
                "layerPartBlob": .blob(layer),
            ])
            let digest = "sha256:2fbed6833d7446334316ae1caedf3a4658f52145a131e01af3f2f3e7094ac0f7"
            try await coldframe.call(service: "ecr", operation: "CompleteLayerUpload", input: [
                "repositoryName": "images", "uploadId": id, "layerDigests": [.string(digest)],
            ])
            let check: AWSValue = ["repositoryName": "images", "layerDigests": [.string(digest)]]
            let seen = try await coldframe.call(service: "ecr", operation: "BatchCheckLayerAvailability", input: check)
            #expect(seen["layers"]?.list?.first?["layerAvailability"] == "AVAILABLE")
            let snapshot = try await Self.export(coldframe)
            let name = "ecr-blobs/" + digest.dropFirst("sha256:".count)
            #expect(ArchiveText.files(snapshot).contains { $0.name == name && $0.content.elementsEqual(layer) })

            try await coldframe.control("POST", "reset")
            #expect(try await Self.importing(coldframe, snapshot).status == 200)
            let after = try await coldframe.call(service: "ecr", operation: "BatchCheckLayerAvailability", input: check)
            #expect(after == seen)
        }
    }

    @Test func anEmptyStateCanBeExported() async throws {
        try await LocalColdframe.with { coldframe in
            let empty = try await Self.export(coldframe)
            let before = try await Self.view(coldframe)
            try await Self.populate(coldframe)
            #expect(try await Self.importing(coldframe, empty).status == 200)
            #expect(try await Self.view(coldframe) == before)
        }
    }

    struct Junk: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let says: String
        let make: @Sendable ([UInt8]) -> [UInt8]
    }

    /// Each is made from a good snapshot.
    static let junk: [Junk] = [
        Junk(testDescription: "nothing", says: "ends too early") { _ in [] },
        Junk(testDescription: "text", says: "not a tar archive") { _ in Array(String(repeating: "hello ", count: 200).utf8) },
        Junk(testDescription: "half", says: "ends too early") { Array($0.prefix($0.count / 2)) },
        Junk(testDescription: "without end mark", says: "ends too early") { Array($0.dropLast(1024)) },
        Junk(testDescription: "bytes after the end", says: "not a tar archive") { $0 + [1] },
        Junk(testDescription: "a header with a wrong sum", says: "not a tar archive") { $0.replacing(at: 0, with: 0x41) },
        Junk(testDescription: "no manifest", says: "does not begin with coldframe-snapshot.json") { _ in
            ArchiveText.file("coldframe.sqlite", [1]) + ArchiveText.end
        },
        Junk(testDescription: "two manifests", says: "two manifests") { _ in
            ArchiveText.manifest() + ArchiveText.manifest() + ArchiveText.end
        },
        Junk(testDescription: "a damaged manifest", says: "is damaged") { _ in ArchiveText.manifest("{") + ArchiveText.end },
        Junk(testDescription: "another format", says: "format 2") { _ in
            ArchiveText.manifest("{\"format\":2}") + ArchiveText.end
        },
        Junk(testDescription: "a manifest of gigabytes", says: "manifest is too large") { _ in
            ArchiveText.header("coldframe-snapshot.json", 1 << 32)
        },
        Junk(testDescription: "a database of terabytes", says: "not a tar archive") { _ in
            ArchiveText.manifest() + ArchiveText.header("coldframe.sqlite", 0).replacing(at: 124, with: 0xff)
        },
        Junk(testDescription: "no database", says: "holds no coldframe.sqlite") { _ in ArchiveText.manifest() + ArchiveText.end },
        Junk(testDescription: "two databases", says: "two databases") { good in
            let database = Array(ArchiveText.files(good)[1].content)
            return ArchiveText.manifest() + ArchiveText.file("coldframe.sqlite", database)
                + ArchiveText.file("coldframe.sqlite", database) + ArchiveText.end
        },
        Junk(testDescription: "a database that is none", says: "cannot be opened") { _ in
            ArchiveText.manifest() + ArchiveText.file("coldframe.sqlite", Array(repeating: 7, count: 5000)) + ArchiveText.end
        },
        Junk(testDescription: "a damaged database", says: "coldframe.sqlite") { good in
            var database = Array(ArchiveText.files(good)[1].content)
            for index in 8192..<min(database.count, 60_000) { database[index] = UInt8(truncatingIfNeeded: index &* 31) }
            return ArchiveText.manifest() + ArchiveText.file("coldframe.sqlite", database) + ArchiveText.end
        },
        Junk(testDescription: "a file from elsewhere", says: "holds a file named ../../etc/passwd") { _ in
            ArchiveText.manifest() + ArchiveText.file("../../etc/passwd", [1]) + ArchiveText.end
        },
        Junk(testDescription: "a link", says: "not a tar archive") { _ in
            ArchiveText.manifest() + ArchiveText.header("blobs/x", 0, type: 0x32) + ArchiveText.end
        },
        Junk(testDescription: "a blob under another's name", says: "does not have that digest") { _ in
            ArchiveText.manifest() + ArchiveText.file("blobs/" + String(repeating: "ab", count: 32), [1]) + ArchiveText.end
        },
    ]

    @Test(arguments: junk)
    func junkIsRefusedAndChangesNothing(_ junk: Junk) async throws {
        try await LocalColdframe.with { coldframe in
            try await Self.populate(coldframe)
            let good = try await Self.export(coldframe)
            let before = try await Self.view(coldframe)
            let answer = try await Self.importing(coldframe, junk.make(good))
            #expect(answer.status == 400)
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains("not a snapshot") && text.contains(junk.says) && text.contains("Nothing was changed"), "\(text)")
            #expect(try await Self.view(coldframe) == before)
            #expect(ArchiveText.files(try await Self.export(coldframe)).map(\.name) == ArchiveText.files(good).map(\.name))
        }
    }

    @Test func onlyPOSTIsAnswered() async throws {
        try await LocalColdframe.with { coldframe in
            for path in ["export", "import"] {
                await #expect(throws: CallFault(status: 405, code: "", message: "Use POST here.")) {
                    try await coldframe.control("GET", "state/" + path)
                }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func replacing(at index: Int, with byte: UInt8) -> [UInt8] {
        var copy = self
        copy[index] = byte
        return copy
    }
}
