package import AccessControl
package import APIGatewayService
package import CognitoService
package import Gateway
package import ECRService
import HostingRules
package import Logging
package import Outbound
package import S3Service
package import SageMakerService
package import StudioService
package import Timeline
import WorkspaceRules

/// Everything a server can be told: from the command line, `coldframe.yaml`, or a test.
package struct ServerSettings: Sendable {
    package var host = "127.0.0.1"
    /// 0 takes a free port.
    package var port: UInt16 = 4566
    /// Where the state is kept; nil keeps it in a folder that is gone when the server ends.
    package var dataFolder: String?
    package var clock = Timeline.StartClock()
    package var hosting = HostingSettings()
    package var ecr = ECRSettings()
    package var studio = StudioSettings()
    /// Names besides local ones under which the control API may be reached.
    package var allowedHosts: [String] = []
    package var logLevel = Logger.Level.notice
    /// What the tokens of user pools name as their issuer.
    package var cognitoIssuer = IssuerForm.aws
    /// What answers for social identity providers.
    package var identityProviders: [SocialProvider: HTTPURL] = [:]
    /// Passwords that Cognito's threat protection knows as stolen.
    package var compromisedPasswords: Set<String> = []
    /// Where metric streams write: buckets and prefixes by the ARN or name of a delivery stream.
    package var deliveryStreams: [String: ObjectLocation] = [:]
    /// Event-loop threads; nil takes one per core, at most two.
    package var loopCount: Int?
    /// Decides routing draws and generated ids; nil draws a seed.
    package var seed: UInt64?
    /// What stands for a Lambda function, by its ARN.
    package var functions: [String: Hook] = [:]
    /// Where alarm actions go, by the action's ARN; the action of any other ARN fails.
    package var alarmActions: [String: AlarmActionSetting] = [:]

    /// Whether policies are asked, and whether what they refuse is refused.
    package var iam = IAMMode.off
    /// Where requests may come from besides this machine.
    package var networks: [NamedNetwork] = []
    /// Whether the header `X-Coldframe-Network` may name a network. For tests: whoever may send it may be anywhere.
    package var allowsNetworkHeader = false
    /// The private API that needs no template.
    package var privateAPI: PrivateAPISettings?

    package init() {}

    /// The name of the network whose requests arrive on that port.
    package func network(on port: UInt16) -> String? { networks.first { $0.port == port }?.name }

    /// Studio's settings, with what it shares with hosting: how long work takes, and how long Describe waits.
    var effectiveStudio: StudioSettings {
        var studio = studio
        studio.describeWaitsSeconds = hosting.describeWaitsSeconds
        studio.times = hosting.provisioning == .realistic ? .realistic : .short
        return studio
    }
}

/// Where the actions of one ARN go.
package enum AlarmActionSetting: Sendable, Equatable {
    /// The server's event stream and nowhere else.
    case eventStream
    /// Posted there as SNS would; the event stream tells of it too.
    case address(HTTPURL)
}
