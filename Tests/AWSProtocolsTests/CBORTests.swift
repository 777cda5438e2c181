import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

@Suite struct CBORTests {
    private func decode(_ operation: String, _ hex: String, shift: ClockShift = .none) throws -> AWSObject {
        try WireSample.codec("cloudwatch", operation, .cbor, shift: shift)
            .decodeRequest(HTTPRequest(method: "POST", target: "/"), body: [UInt8](hex: hex))
    }

    /// `GetMetricStatistics` has members of most kinds; each case is one member's key and value.
    @Test(arguments: [
        (hex: "A1 66506572696F64 183C", value: ["Period": 60]),
        (hex: "BF 66506572696F64 19012C FF", value: ["Period": 300]),
        (hex: "A1 66506572696F64 3903E7", value: ["Period": -1000]),
        (hex: "A1 66506572696F64 FB404E000000000000", value: ["Period": 60]),
        (hex: "A1 66506572696F64 1BFFFFFFFFFFFFFFFF", value: ["Period": .integer(.max)]),
        (hex: "A1 66506572696F64 F6", value: [:]),
        (hex: "A1 696E616D65737061636521 01", value: nil),
        (hex: "A1 694E616D657370616365 7F 6141 6142 FF", value: ["Namespace": "AB"]),
        (hex: "A1 6A53746174697374696373 9F FF", value: ["Statistics": []]),
        (hex: "A1 6A53746174697374696373 82 63537 56D 63 4D6178", value: ["Statistics": ["Sum", "Max"]]),
        (hex: "A1 69537461727454696D65 C1 1A6942AFD4", value: ["StartTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_978_068_000))]),
        (hex: "A1 69537461727454696D65 C1 FB41DA50ABF5100000",
         value: ["StartTime": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_978_068_250))]),
        (hex: "D9D9F7 A0", value: [:]),
        (hex: "A2 67556E6B6E6F776E 81 A1 6161 01 66506572696F64 01", value: ["Period": 1]),
        (hex: "", value: [:]),
    ] as [(hex: String, value: AWSObject?)])
    func readsValues(hex: String, value: AWSObject?) throws {
        guard let value else {
            #expect(throws: AWSFault.self) { try decode("GetMetricStatistics", hex) }
            return
        }
        #expect(try decode("GetMetricStatistics", hex) == value)
    }

    @Test(arguments: [
        "A1", "A1 61", "BF", "FF", "A1 01 01", "A1 6141 C2 41 01", "A1 6141 1C", "A1 6141 FC",
        "A1 6141 9F", "A1 6141 7F 41 41 FF", "A1 62C328 01", "A1 6141 5B7FFFFFFFFFFFFFFF 00", "BBFFFFFFFFFFFFFFFF",
        "A1 6141 9BFFFFFFFFFFFFFFFF 01", "A0 00", "A1 6141 C1 6130", "A1 6141 F8 20",
    ])
    func refusesDamagedBytes(hex: String) {
        #expect(throws: AWSFault("SerializationException", nil, status: 400)) { try decode("GetMetricStatistics", hex) }
    }

    @Test func refusesDeepNesting() {
        let bytes = "A1 6141" + String(repeating: "81", count: 100_000) + "00"
        #expect(throws: AWSFault("SerializationException", nil, status: 400)) { try decode("GetMetricStatistics", bytes) }
    }

    @Test(arguments: [
        (half: "0000", value: 0.0), (half: "3C00", value: 1), (half: "C000", value: -2), (half: "7BFF", value: 65_504),
        (half: "0001", value: 0x1p-24), (half: "7C00", value: .infinity), (half: "FC00", value: -.infinity),
    ] as [(half: String, value: Double)])
    func readsHalves(half: String, value: Double) throws {
        let input = try decode("PutMetricAlarm", "A1 695468726573686F6C64 F9 \(half)")
        #expect(input["Threshold"] == .double(value))
    }

    @Test func writesAsAWSDoes() throws {
        let codec = try WireSample.codec("cloudwatch", "DescribeAlarms", .cbor, shift: WireSample.twoHours)
        let response = codec.encodeResponse(
            [
                "CompositeAlarms": [],
                "MetricAlarms": [[
                    "Threshold": 1, "Period": 60, "ActionsEnabled": true, "AlarmName": .null,
                    "StateUpdatedTimestamp": .timestamp(SimInstant(millisecondsSinceEpoch: 7_201_500)),
                ]],
            ], requestID: "r")
        #expect(response.headers == [
            "x-amzn-RequestId": "r", "smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor",
        ])
        #expect(
            response.bytes == [UInt8](
                hex: "BF 6F 436F6D706F73697465416C61726D73 9F FF 6C 4D6574726963416C61726D73 9F BF"
                    + "69 5468726573686F6C64 FB 3FF0000000000000 66 506572696F64 183C"
                    + "6E 416374696F6E73456E61626C6564 F5"
                    + "75 53746174655570646174656454696D657374616D70 C1 FB 3FF8000000000000 FF FF FF"))
    }

    @Test func operationsWithoutOutputAnswerNoBody() throws {
        let response = try WireSample.codec("cloudwatch", "PutMetricData", .cbor).encodeResponse([:], requestID: "r")
        #expect(response.bytes.isEmpty)
        #expect(response.headers == ["x-amzn-RequestId": "r", "smithy-protocol": "rpc-v2-cbor"])
    }
}
