import AWSModel
import Gateway

extension CognitoService {
    /// SetLogDeliveryConfiguration and GetLogDeliveryConfiguration.
    var logDeliveryOperations: [Operation] {
        [
            writing("SetLogDeliveryConfiguration", coverage: .partial("stored and shown; nothing is delivered")) { edit, input in
                var pool = try edit.directory.pool(input)
                let given = input.object["LogConfigurations"]?.list ?? []
                for item in given { try Self.checkDelivery(item, pool) }
                guard Set(given.compactMap { $0["EventSource"]?.string }).count == given.count else {
                    throw AWSFault.invalidParameter("Only one log configuration is allowed per event source.")
                }
                pool.logConfigurations = .list(given)
                try edit.save(pool)
                return Self.delivery(pool)
            },
            reading("GetLogDeliveryConfiguration") { directory, input in Self.delivery(try directory.pool(input)) },
        ]
    }

    // AWS: doc — which source goes where, and at which level; wording inferred.
    private static func checkDelivery(_ item: AWSValue, _ pool: Pool) throws {
        let targets = ["CloudWatchLogsConfiguration", "S3Configuration", "FirehoseConfiguration"].filter { item[$0] != nil }
        guard targets.count == 1 else { throw AWSFault.invalidParameter("A log configuration needs exactly one destination.") }
        switch (item["EventSource"]?.string, item["LogLevel"]?.string) {
        case ("userNotification"?, "ERROR"?):
            guard targets == ["CloudWatchLogsConfiguration"] else {
                throw AWSFault.invalidParameter("userNotification logs go to CloudWatch Logs only.")
            }
        case ("userAuthEvents"?, "INFO"?):
            guard pool.threatProtection != nil else {
                throw AWSFault.cognito(
                    "FeatureUnavailableInTierException", "userAuthEvents logs need threat protection.")
            }
        default: throw AWSFault.invalidParameter("Invalid combination of EventSource and LogLevel.")
        }
    }

    private static func delivery(_ pool: Pool) -> AWSObject {
        ["LogDeliveryConfiguration": ["UserPoolId": .string(pool.id), "LogConfigurations": pool.logConfigurations ?? []]]
    }
}
