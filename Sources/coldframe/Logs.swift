import Outbound
import AWSModel
import AWSProtocols
import ArgumentParser
import ColdframeTesting
import Foundation
import HTTPServer
import SimTime

/// `coldframe logs`: what an endpoint's containers printed, and with `--follow` what they print.
struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the container logs of an endpoint.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var realm: RealmOptions
    @Argument(help: "The endpoint's name.") var endpoint: String

    @Option(help: "Only streams whose names begin so, e.g. a variant's name.")
    var stream: String?

    @Option(help: "A filter pattern of CloudWatch Logs, e.g. '\"500\" -ping'.")
    var filter: String?

    @Flag(help: "Then go on with lines as they come, until interrupted.")
    var follow = false

    private static let pollSeconds = 1.0

    func run() throws {
        let client = try server.client(timeoutSeconds: 60)
        // An event's id is also the token of the place behind it.
        var position: String?
        repeat {
            var token = position
            repeat {
                let answer = try page(client, token)
                for event in answer["events"]?.list ?? [] {
                    print(server.json ? JSON.string(event) : LogText.line(event))
                    position = event["eventId"]?.string ?? position
                }
                token = answer["nextToken"]?.string
            } while token != nil
            flushOutput()
            if follow { Thread.sleep(forTimeInterval: Self.pollSeconds) }
        } while follow
    }

    /// One page of FilterLogEvents; empty while the endpoint has printed nothing.
    private func page(_ client: HTTPClient, _ token: String?) throws -> AWSValue {
        let input: AWSValue = [
            "logGroupName": .string("/aws/sagemaker/Endpoints/\(endpoint)"),
            "logStreamNamePrefix": stream.map { .string($0) }, "filterPattern": filter.map { .string($0) },
            "nextToken": token.map { .string($0) },
        ]
        let scope = "\(realm.account ?? "123456789012")/20260101/\(realm.region ?? "us-east-1")/logs/aws4_request"
        let headers: HTTPHeaders = [
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.FilterLogEvents",
            "Authorization": "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=host, Signature=0",
        ]
        return try reporting {
            let answer = try client.exchange("POST", "/", headers: headers, body: JSON.write(input))
            guard let body = try? JSON.parse(answer.body) else { throw CallProblem.unreadableAnswer }
            if answer.status == 200 { return body }
            let code = body["__type"]?.string ?? "", message = body["message"]?.string ?? "The server answered \(answer.status)."
            if code.hasSuffix("ResourceNotFoundException") {
                if follow { return [:] }
                throw CallFault(status: answer.status, code: code, message: "The endpoint \(endpoint) has no container logs.")
            }
            throw CallFault(status: answer.status, code: code, message: message)
        }
    }
}

enum LogText {
    /// One line: the instant, the stream, the message.
    static func line(_ event: AWSValue) -> String {
        let instant = SimInstant(millisecondsSinceEpoch: Int64(event["timestamp"]?.int ?? 0))
        return "\(instant)  \(event["logStreamName"]?.string ?? "")  \(event["message"]?.string ?? "")"
    }
}
