import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

@Suite struct QueryTests {
    @Test func readsNestedListsAndScalars() throws {
        let body = "Action=PutMetricData&Version=2010-08-01&Namespace=My%20App&MetricData.member.1.MetricName=m"
            + "&MetricData.member.1.Dimensions.member.1.Name=d&MetricData.member.1.Dimensions.member.1.Value=a+b"
            + "&MetricData.member.1.Timestamp=2025-12-17T13%3A23%3A00.5Z&MetricData.member.1.Value=1e2"
            + "&MetricData.member.3.Values.member.10=2&MetricData.member.3.Values.member.9=1&Nonsense.member.1=x"
        #expect(
            try WireSample.decode("cloudwatch", "PutMetricData", .query, body) == [
                "Namespace": "My App",
                "MetricData": [
                    [
                        "MetricName": "m", "Dimensions": [["Name": "d", "Value": "a b"]],
                        "Timestamp": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_500)), "Value": 100.0,
                    ],
                    ["Values": [1.0, 2.0]],
                ],
            ])
    }

    @Test func readsEmptyListsBooleansAndTheQueryString() throws {
        let input = try WireSample.decode(
            "cloudwatch", "PutMetricAlarm", .query, "ActionsEnabled=false&AlarmActions=&Dimensions=",
            target: "/?Action=PutMetricAlarm&AlarmName=a%2Bb")
        #expect(input == ["AlarmName": "a+b", "ActionsEnabled": false, "AlarmActions": [], "Dimensions": []])
    }

    @Test(arguments: [
        "StartTime=yesterday", "Period=1.5", "Period=x", "Namespace=%zz", "Namespace=%ff",
    ])
    func refusesWhatDoesNotFit(body: String) {
        #expect {
            try WireSample.decode("cloudwatch", "GetMetricStatistics", .query, body)
        } throws: { ($0 as? AWSFault)?.code == "SerializationException" }
    }

    @Test func wrapsResults() throws {
        let codec = try WireSample.codec("sts", "AssumeRole", .query)
        let response = codec.encodeResponse(
            [
                "Credentials": [
                    "AccessKeyId": "ASIA", "Expiration": .timestamp(SimInstant(millisecondsSinceEpoch: 1_765_977_780_000)),
                ],
                "AssumedRoleUser": ["Arn": "a<&>\"b"], "PackedPolicySize": 6,
            ], requestID: "r-1")
        #expect(response.headers == ["x-amzn-RequestId": "r-1", "Content-Type": "text/xml"])
        #expect(
            response.text == #"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>"#
                + "<Credentials><AccessKeyId>ASIA</AccessKeyId><Expiration>2025-12-17T13:23:00Z</Expiration></Credentials>"
                + "<AssumedRoleUser><Arn>a&lt;&amp;&gt;&quot;b</Arn></AssumedRoleUser><PackedPolicySize>6</PackedPolicySize>"
                + "</AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>")
    }

    @Test(arguments: [
        (operation: "PutMetricAlarm", output: [:], result: ""),
        (operation: "DescribeAlarms", output: ["MetricAlarms": []],
         result: "<DescribeAlarmsResult><MetricAlarms/></DescribeAlarmsResult>"),
        (operation: "DescribeAlarms", output: ["MetricAlarms": [["AlarmName": "a", "AlarmActions": ["x", "y"], "Threshold": 1]]],
         result: "<DescribeAlarmsResult><MetricAlarms><member><AlarmName>a</AlarmName><AlarmActions><member>x</member>"
            + "<member>y</member></AlarmActions><Threshold>1.0</Threshold></member></MetricAlarms></DescribeAlarmsResult>"),
    ] as [(operation: String, output: AWSObject, result: String)])
    func cloudWatchEnvelopes(operation: String, output: AWSObject, result: String) throws {
        let response = try WireSample.codec("cloudwatch", operation, .query).encodeResponse(output, requestID: "r")
        #expect(
            response.text == #"<\#(operation)Response xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">\#(result)"#
                + "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></\(operation)Response>")
    }
}
