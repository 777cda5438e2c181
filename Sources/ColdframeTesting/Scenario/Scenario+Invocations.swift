package import SimTime

/// Single requests of the runtime API, and what is expected of their answers.
extension Scenario {
    package struct Invocation: Equatable, Sendable {
        package enum Kind: String, Equatable, Sendable, CaseIterable {
            case plain = "invoke", stream = "invoke-stream", async = "invoke-async"
        }

        package var kind: Kind
        package var endpoint: String
        /// Members of the operation's input besides the endpoint and the body.
        package var members: [String: String]
        package var body: String?
        /// Nil asks for nothing; see `Session`.
        package var session: Session?
        /// The name that `session=` or `output()` use for this request later.
        package var label: String?
        /// Seconds; asynchronous requests only.
        package var timeToLiveSeconds: Int?
        package var timeoutSeconds: Int?
        /// How often it is sent, one after the other; each answer must meet the conditions.
        package var times: Int
        package var conditions: [AnswerCondition]
    }

    package enum Session: Equatable, Sendable {
        case new
        /// The one that the request of that label opened.
        case opened(label: String)
    }

    package struct AnswerCondition: Equatable, Sendable {
        package var subject: AnswerSubject
        /// As the file writes it, for reports.
        package var text: String
    }

    package enum AnswerSubject: Equatable, Sendable {
        /// The HTTP status.
        case status(Int)
        case body(TextMatch)
        case variant(String)
        case contentType(String)
        case attributes(TextMatch)
        /// The error's code: of the answer, or of the message that ends a stream.
        case error(TextMatch)
        case message(TextMatch)
        /// `opened`, `closed` or `none`.
        case session(String)
        /// Parts of a streamed answer.
        case chunks(Comparison, Double)
    }

    /// A statistic of a metric over whole minutes.
    package struct MetricQuestion: Equatable, Sendable {
        package enum Owner: Equatable, Sendable {
            /// Without a variant, the dimension set of the endpoint alone.
            case endpoint(String, variant: String?, config: String?, container: String?)
            case component(String)
        }

        package var name: String
        package var namespace: String
        package var owner: Owner
        /// `Sum`, … or an extended statistic like `p99`.
        package var statistic: String
        /// How far back, in whole minutes of which the running one is the last; nil is since 0s.
        package var over: SimDuration?
        /// Nil expects that there is no datapoint.
        package var bound: Bound?

        package struct Bound: Equatable, Sendable {
            package var comparison: Comparison
            package var value: Double
        }
    }

    /// Objects in S3: those of an address or below a prefix, or where an asynchronous request was to put its answer.
    package enum ObjectQuestion: Equatable, Sendable {
        /// The texts of all objects below the prefix, one after the other; nil when there are none.
        case contents(prefix: String, TextMatch)
        case count(prefix: String, Comparison, Double)
        case lines(prefix: String, Comparison, Double)
        case output(label: String, TextMatch)
        case errorOutput(label: String, TextMatch)
    }
}
