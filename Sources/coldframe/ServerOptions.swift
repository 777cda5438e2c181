import ArgumentParser
import AWSModel
import AWSProtocols
import ColdframeTesting
import Foundation
import HTTPServer
import Outbound
import Vocabulary

/// What every command that speaks to a running server takes.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "The server, like http://127.0.0.1:4566. Default: $COLDFRAME_URL, else $AWS_ENDPOINT_URL when it is local.",
        valueName: "url"))
    var url: String?

    @Flag(help: "Print the server's answer as JSON.")
    var json = false

    func client(timeoutSeconds: Double = 600) throws -> HTTPClient {
        do {
            let url = try ServerURL.resolve(option: url, environment: ProcessInfo.processInfo.environment)
            return HTTPClient(url: url, timeoutMilliseconds: Int32(timeoutSeconds * 1000))
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Makes one call of the control API, prints its answer as JSON when that is asked for, else lets `show` print it.
    func call(
        _ method: String, _ path: String, _ body: AWSValue? = nil, timeoutSeconds: Double = 600,
        show: (AWSValue) -> Void
    ) throws {
        let client = try client(timeoutSeconds: timeoutSeconds)
        let answer = try reporting {
            let answer = try client.exchange(
                method, "/_coldframe/" + path, headers: ["Content-Type": "application/json"], body: body.map(JSON.write) ?? [])
            return try ControlAnswerReading.value(status: answer.status, body: answer.body)
        }
        if json { print(JSON.string(answer)) } else { show(answer) }
    }
}

/// The account and region of resources the control API names.
struct RealmOptions: ParsableArguments {
    @Option(help: "The 12-digit account of the endpoint.")
    var account: String?

    @Option(help: "The region of the endpoint.")
    var region: String?

    func validate() throws {
        if let account, AccountID(account) == nil { throw ValidationError("--account is \(account); it must be 12 digits.") }
        if let region, RegionName(region) == nil { throw ValidationError("--region is \(region), which is not the name of a region.") }
    }

    /// `?account=…&region=…`, or nothing.
    var query: String {
        let pairs = [("account", account), ("region", region)].compactMap { name, value in
            value.map { "\(name)=\(escaped($0))" }
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}

/// What is wrong with something the user named, such as a file.
struct NamedProblem {
    let message: String

    init(_ message: String) { self.message = message }

    /// Says so on standard error; exit status 1.
    var exit: ExitCode {
        print("coldframe: \(message).", to: .standardError)
        return .failure
    }
}

/// Turns what goes wrong into one line on standard error and exit status 1.
func reporting<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as HTTPClientError {
        print("coldframe: \(error).", to: .standardError)
    } catch let fault as CallFault {
        print("coldframe: \(fault.message)", to: .standardError)
    } catch CallProblem.unreadableAnswer {
        print("coldframe: the answer is not Coldframe's; is something else listening there?", to: .standardError)
    }
    throw ExitCode.failure
}
