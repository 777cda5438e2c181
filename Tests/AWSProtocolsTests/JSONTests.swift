import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        (text: "{}", value: AWSValue.object([:])),
        (text: " [1, -2 ,3.5,1e3, 0]\n", value: [1, -2, 3.5, 1000.0, 0]),
        (text: #"{"a":{"b":[true,false,null]}}"#, value: ["a": ["b": [true, false, .null]]]),
        (text: #"{"a":1,"b":2,"a":3}"#, value: ["a": 3, "b": 2]),
        (text: #""\u00e9\ud83d\ude00\n\"\/\\""#, value: "é😀\n\"/\\"),
        (text: #""\ud83dx""#, value: "\u{fffd}x"),
        (text: #""\ud83d\u0041""#, value: "\u{fffd}A"),
        (text: "9223372036854775807", value: .integer(.max)),
        (text: "-9223372036854775808", value: .integer(.min)),
        (text: "9223372036854775808", value: .double(9_223_372_036_854_775_808)),
        (text: "-0", value: 0),
        (text: "5e-324", value: .double(.leastNonzeroMagnitude)),
        (text: "\u{feff}1", value: 1),
    ] as [(text: String, value: AWSValue)])
    func reads(text: String, value: AWSValue) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "01", "1.", ".5", "+1", "1e", "--1", "tru", "nulll",
        "\"a", "\"\u{01}\"", "\"\\x\"", "\"\\u12g4\"", "1 2", "[1}", "\u{00a0}1", "'a'", "NaN",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100),
    ])
    func refuses(text: String) {
        #expect(throws: SerializationFailure(nil)) { try JSON.parse(text) }
    }

    @Test func refusesTextThatIsNotUTF8() {
        #expect(throws: SerializationFailure(nil)) { try JSON.parse([0x22, 0xc3, 0x28, 0x22]) }
    }

    @Test func bracketsUpToTheLimitAreRead() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSON.parse(text).list?.count == 1)
    }

    @Test(arguments: [
        (value: AWSValue.double(1), text: "1.0"), (value: 1, text: "1"), (value: 0.1, text: "0.1"),
        (value: .double(1e21), text: "1e+21"), (value: .double(.nan), text: #""NaN""#),
        (value: .double(-.infinity), text: #""-Infinity""#), (value: "é\u{01}\"\\\n", text: #""é\u0001\"\\\n""#),
        (value: .blob([0xff, 0x00]), text: #""/wA=""#), (value: ["b": 1, "a": [.null, true]], text: #"{"b":1,"a":[null,true]}"#),
        (value: .timestamp(SimInstant(millisecondsSinceEpoch: 1_605_418_785_555)), text: "1605418785.555"),
        (value: .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_000)), text: "1765977780.0"),
        (value: .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_120)), text: "1765977780.12"),
        (value: .timestamp(SimInstant(millisecondsSinceEpoch: -1_500)), text: "-1.5"),
    ] as [(value: AWSValue, text: String)])
    func writes(value: AWSValue, text: String) {
        #expect(JSON.string(value) == text)
    }

    @Test func manyKeysCostNoMoreThanTheirNumber() throws {
        let members = (0..<20_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
        let object = try #require(try JSON.parse("{\(members),\"key7\":70}").object)
        #expect(object.count == 20_000)
        #expect(object["key7"] == 70)
    }
}

@Suite struct JSONProtocolTests {
    @Test func readsACreateEndpointConfig() throws {
        let body = """
            {"EndpointConfigName":"c1","Unknown":{"x":[1,{}]},"KmsKeyId":null,
             "ProductionVariants":[{"VariantName":"v","ModelName":"m","InitialInstanceCount":2,
               "InstanceType":"ml.m5.large","InitialVariantWeight":1}, null],
             "Tags":[{"Value":"b","Key":"a"}],
             "DataCaptureConfig":{"EnableCapture":true,"InitialSamplingPercentage":20.9}}
            """
        #expect(
            try WireSample.decode("sagemaker", "CreateEndpointConfig", .json, body) == [
                "EndpointConfigName": "c1",
                "ProductionVariants": [[
                    "VariantName": "v", "ModelName": "m", "InitialInstanceCount": 2, "InstanceType": "ml.m5.large",
                    "InitialVariantWeight": .double(1),
                ]],
                "Tags": [["Key": "a", "Value": "b"]],
                "DataCaptureConfig": ["EnableCapture": true, "InitialSamplingPercentage": 20],
            ])
    }

    @Test(arguments: [
        (body: "", message: nil), (body: "null", message: nil), (body: "\"x\"", message: nil), (body: "{", message: nil),
        (body: #"{"MaxResults":1,}"#, message: nil), (body: "[]", message: "Start of list found where not expected"),
        (body: #"{"MaxResults":"1"}"#, message: "STRING_VALUE can not be converted to an Integer"),
        (body: #"{"MaxResults":true}"#, message: "TRUE_VALUE can not be converted to an Integer"),
        (body: #"{"MaxResults":[1]}"#, message: "Start of list found where not expected"),
        (body: #"{"MaxResults":{"a":1}}"#, message: "Start of structure or map found where not expected."),
        (body: #"{"NextToken":1}"#, message: "NUMBER_VALUE can not be converted to a String"),
        (body: #"{"NextToken":false}"#, message: "FALSE_VALUE can not be converted to a String"),
        (body: #"{"CreationTimeAfter":"soon"}"#, message: "STRING_VALUE can not be converted to milliseconds since epoch"),
    ] as [(body: String, message: String?)])
    func refusesWhatDoesNotFit(body: String, message: String?) {
        #expect(throws: AWSFault("SerializationException", message, status: 400)) {
            try WireSample.decode("sagemaker", "ListEndpoints", .json, body)
        }
    }

    @Test(arguments: [
        (body: #"{"ProductionVariants":"x"}"#, message: "Expected list or null"),
        (body: #"{"ProductionVariants":{}}"#, message: "Start of structure or map found where not expected."),
        (body: #"{"ProductionVariants":["x"]}"#, message: "Expected null"),
        (body: #"{"DataCaptureConfig":1}"#, message: "Expected null"),
        (body: #"{"DataCaptureConfig":[]}"#, message: "Start of list found where not expected"),
        (body: #"{"DataCaptureConfig":{"EnableCapture":0}}"#, message: "NUMBER_VALUE can not be converted to a Boolean"),
    ])
    func refusesContainersOfTheWrongKind(body: String, message: String) {
        #expect(throws: AWSFault("SerializationException", message, status: 400)) {
            try WireSample.decode("sagemaker", "CreateEndpointConfig", .json, body)
        }
    }

    @Test func numbersFitTheirShapes() throws {
        let input = try WireSample.decode(
            "sagemaker", "ListEndpoints", .json,
            #"{"MaxResults":99999999999999999999,"CreationTimeAfter":1765977780.25,"CreationTimeBefore":"2025-12-17T13:23:00Z"}"#)
        #expect(input["MaxResults"] == .integer(.max))
        #expect(input["CreationTimeAfter"]?.instant?.millisecondsSinceEpoch == 1_765_977_780_250)
        #expect(input["CreationTimeBefore"]?.instant?.millisecondsSinceEpoch == 1_765_977_780_000)
    }

    @Test func instantsAreShiftedBothWays() throws {
        let codec = try WireSample.codec("sagemaker", "DescribeEndpoint", .json, shift: WireSample.twoHours)
        let created = AWSValue.timestamp(SimInstant(millisecondsSinceEpoch: 7_200_000))
        let response = codec.encodeResponse(["CreationTime": created], requestID: "r")
        #expect(response.text == #"{"CreationTime":0.0}"#)
        let input = try WireSample.decode(
            "sagemaker", "ListEndpoints", .json, #"{"CreationTimeAfter":0}"#, shift: WireSample.twoHours)
        #expect(input["CreationTimeAfter"] == created)
    }

    @Test func answersKeepTheOutputsOrder() throws {
        let codec = try WireSample.codec("sagemaker", "DescribeEndpoint", .json)
        let response = codec.encodeResponse(
            [
                "EndpointStatus": "InService", "EndpointName": "e", "FailureReason": .null, "Extra": [1.5],
                "ProductionVariants": [["VariantName": "v", "CurrentWeight": 1, "CurrentInstanceCount": 2]],
            ], requestID: "r-1")
        #expect(response.status == 200)
        #expect(response.headers == ["x-amzn-RequestId": "r-1", "Content-Type": "application/x-amz-json-1.1"])
        #expect(
            response.text == #"{"EndpointStatus":"InService","EndpointName":"e","Extra":[1.5],"#
                + #""ProductionVariants":[{"VariantName":"v","CurrentWeight":1.0,"CurrentInstanceCount":2}]}"#)
    }

    @Test func operationsWithoutOutputAnswerNoBody() throws {
        let response = try WireSample.codec("sagemaker", "DeleteEndpoint", .json).encodeResponse([:], requestID: "r")
        #expect(response.bytes.isEmpty)
        #expect(response.status == 200)
    }
}
