import Outbound
import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import SimTime
import Testing

/// InvokeEndpointWithResponseStream as HTTP sees it: frames, breaks in mid-stream, metrics; and headers both ways.
@Suite struct ResponseStreamTests {
    struct Transcript: CustomTestStringConvertible, Sendable {
        var name: String
        var respond: AWSValue
        /// `part TEXT`, or `TYPE {json}` for an exception.
        var frames: [String]
        var midStreamErrors: Double
        var testDescription: String { name }
    }

    static let transcripts = [
        Transcript(
            name: "a body is one part", respond: ["body": "whole"], frames: ["part whole"], midStreamErrors: 0),
        Transcript(
            name: "chunks are parts", respond: ["stream": ["chunks": ["a", "", "bc"], "delayMilliseconds": 5]],
            frames: ["part a", "part bc"], midStreamErrors: 0),
        Transcript(
            name: "no chunks", respond: ["stream": ["chunks": []]], frames: [], midStreamErrors: 0),
        Transcript(
            name: "the container breaks off",
            respond: ["stream": [
                "chunks": ["a", "b"], "error": ["afterChunks": 1, "code": "StreamBroken", "message": "gone"],
            ]],
            frames: ["part a", #"ModelStreamError {"Message":"gone","ErrorCode":"StreamBroken"}"#], midStreamErrors: 1),
        Transcript(
            name: "the service fails",
            respond: ["stream": ["chunks": ["a"], "error": ["code": "InternalStreamFailure", "message": "no"]]],
            frames: ["part a", #"InternalStreamFailure {"Message":"no"}"#], midStreamErrors: 1),
        Transcript(
            name: "eight minutes are the limit",
            respond: ["stream": ["chunks": ["a", "b", "c"], "delayMilliseconds": 200_000]],
            frames: [
                "part a", "part b",
                #"ModelStreamError {"Message":"The model has been streaming for more than 480 seconds.","#
                    + #""ErrorCode":"ModelInvocationTimeExceeded"}"#,
            ], midStreamErrors: 1),
    ]

    static func stream(_ hosting: Hosting, headers: [String: String] = [:]) async throws -> HTTPAnswer {
        var all: HTTPHeaders = ["Host": "localhost", "Content-Type": "text/csv"]
        for (name, value) in headers { all.set(name, value) }
        return try await hosting.coldframe.send(HTTPRequest(
            method: "POST", target: "/endpoints/churn/invocations-response-stream", headers: all,
            body: RequestBody(bytes: Array("1,2".utf8))))
    }

    static func frames(_ answer: HTTPAnswer) throws -> [String] {
        var buffer = answer.body
        var frames: [String] = []
        while let message = try EventStreamMessage.take(from: &buffer) {
            let text = String(decoding: message.payload, as: UTF8.self)
            frames.append(message[":event-type"] == "PayloadPart" ? "part \(text)" : "\(message[":exception-type"] ?? "?") \(text)")
        }
        #expect(buffer.isEmpty)
        return frames
    }

    @Test(arguments: transcripts) func aStream(_ transcript: Transcript) async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("scripted", ["respond": transcript.respond])
            try await hosting.toNextMinute()
            let answer = try await Self.stream(hosting)
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "application/vnd.amazon.eventstream")
            #expect(answer.headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic")
            #expect(try Self.frames(answer) == transcript.frames)
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations").last == 1)
            #expect(try await hosting.points("MidStreamErrors").last == transcript.midStreamErrors)
            for metric in ["FirstChunkLatency", "FirstChunkModelLatency", "FirstChunkOverheadLatency", "ModelLatency"] {
                #expect(try await hosting.points(metric, "SampleCount") == [1], "\(metric)")
            }
        }
    }

    @Test func aLargeAnswerComesInParts() async throws {
        try await Hosting.served { hosting in
            let text = String(repeating: "x", count: 150_000)
            try await hosting.coldframe.setBehavior("large", ["respond": ["body": .string(text)]])
            #expect(try Self.frames(try await Self.stream(hosting)).map { $0.utf8.count - 5 } == [65536, 65536, 18928])
        }
    }

    @Test func anErrorBeforeTheStreamIsAnErrorAnswer() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("broken", ["respond": ["status": 500, "body": "no"]])
            let answer = try await Self.stream(hosting)
            #expect(answer.status == 424 && answer.errorType == "ModelError")
            #expect(answer.json["OriginalMessage"] == "no")
        }
    }

    @Test func aCallThatDoesNotStreamGetsTheChunksAsOne() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("s", ["respond": [
                "contentType": "text/plain", "latencyMilliseconds": ["p50": 10],
                "stream": ["chunks": ["ab", "c"], "delayMilliseconds": 20],
            ]])
            try await hosting.toNextMinute()
            #expect(try await hosting.invoke().text == "abc")
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("ModelLatency", "Maximum") == [50_000])
            try await hosting.coldframe.setBehavior("s", ["respond": [
                "stream": ["chunks": ["ab"], "error": ["code": "StreamBroken", "message": "gone"]],
            ]])
            let answer = try await hosting.invoke()
            #expect(answer.status == 424 && answer.json["OriginalStatusCode"] == 0)
            #expect(answer.json["OriginalMessage"] == "gone")
        }
    }

    // MARK: Headers

    @Test func customAttributesGoBothWays() async throws {
        try await Hosting.served { hosting in
            let name = "X-Amzn-SageMaker-Custom-Attributes"
            #expect(try await hosting.invoke(headers: [name: "trace-1"]).headers[name] == "trace-1")
            #expect(try await Self.stream(hosting, headers: [name: "trace-1"]).headers[name] == "trace-1")
            try await hosting.coldframe.setBehavior("own", ["respond": ["customAttributes": "from the container"]])
            #expect(try await hosting.invoke(headers: [name: "trace-1"]).headers[name] == "from the container")
        }
    }

    @Test(arguments: [
        ("text/csv", nil, "text/csv; charset=utf-8"), ("text/csv", "application/json", "application/json"),
        ("application/json", "text/csv", "text/csv; charset=utf-8"), ("application/json", "*/*", "application/json"),
        ("text/csv", "image/png, application/jsonlines;q=1", "application/jsonlines"),
        ("text/csv", "image/png", "text/csv; charset=utf-8"),
    ] as [(String, String?, String)])
    func theSyntheticModelMindsAccept(_ contentType: String, _ accept: String?, _ expected: String) async throws {
        try await Hosting.served { hosting in
            var headers = ["Content-Type": contentType]
            headers["Accept"] = accept
            let answer = try await hosting.invoke(headers: headers)
            #expect(answer.headers["Content-Type"] == expected && !answer.body.isEmpty)
        }
    }

    @Test(arguments: [
        ["stream": ["chunks": "a"]], ["stream": ["chunks": ["a"], "error": ["code": "Nonsense"]]],
        ["stream": ["chunks": ["a"], "error": ["afterChunks": 2, "code": "StreamBroken"]]],
        ["stream": ["chunks": ["a"], "delayMilliseconds": -1]], ["stream": ["chunks": ["a"]], "body": "b"],
        ["customAttributes": "\u{e9}"], ["stream": ["chunks": ["a"], "speed": 1]],
    ] as [AWSValue])
    func aBehaviourThatCannotBe(_ respond: AWSValue) async throws {
        try await Hosting.served { hosting in
            _ = await #expect(throws: CallFault.self) { try await hosting.coldframe.setBehavior("bad", ["respond": respond]) }
        }
    }
}
