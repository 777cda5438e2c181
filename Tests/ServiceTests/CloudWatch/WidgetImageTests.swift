import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Testing

/// What can be drawn and what is refused; the pixels are looked at by the client tests.
@Suite struct WidgetImageTests {
    @Test(arguments: [
        "", "[]", "{}", #"{"metrics": []}"#, #"{"metrics": [["N"]]}"#, #"{"metrics": [["...", "x"]]}"#,
        #"{"metrics": [["N", "m"]], "width": 5000}"#, #"{"metrics": [["N", "m"]], "start": "soon"}"#,
        #"{"metrics": [["N", "m"]], "timezone": "CET"}"#, #"{"metrics": [[".", "m"]]}"#, #"{"metrics": [[{"expression": "m1 +"}]]}"#,
        #"{"metrics": [["N", "m"]], "start": "-PT1H", "end": "-PT2H"}"#, #"{"annotations": {"alarms": ["none"]}}"#,
        #"{"metrics": ["N", "m"]}"#,
    ])
    func refuses(widget: String) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        #expect(try await harness.fault("GetMetricWidgetImage", ["MetricWidget": .string(widget)])?.code == "ValidationException")
    }

    @Test(arguments: ["pie", "bar", "gauge"])
    func otherViewsAreNotEmulated(view: String) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let widget = #"{"metrics": [["N", "m"]], "view": "\#(view)"}"#
        #expect(try await harness.fault("GetMetricWidgetImage", ["MetricWidget": .string(widget)])?.code == "NotImplementedException")
    }

    /// Odd sizes and values must not trap.
    @Test(arguments: [1, 20, 60, 300], [0.0, 1e-300, -1e300, 1e108])
    func anySizeAndValue(size: Int, value: Double) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        harness.service.metrics.book(CloudWatchHarness.realm, [0.0, value, -value].enumerated().map { minute, value in
            .init(metric: .init(namespace: "N", name: "m"), unit: .none, instant: harness.now - .minutes(Int64(minute + 1)), samples: .init(value))
        })
        for more in [#""view": "singleValue""#, #""stacked": true"#, #""legend": {"position": "right"}, "title": "é title""#] {
            let answer = try await harness.call("GetMetricWidgetImage", [
                "MetricWidget": .string(#"{"metrics": [["N", "m"], ["N", "m", {"yAxis": "right"}]], "period": 60, "width": \#(size), "height": \#(size), \#(more)}"#),
            ])
            let file = try #require(answer["MetricWidgetImage"]?.blob)
            #expect(Array(file.prefix(4)) == [0x89, 0x50, 0x4e, 0x47])
            #expect(file[16..<20].reduce(0) { $0 << 8 | Int($1) } == size)
        }
    }
}
