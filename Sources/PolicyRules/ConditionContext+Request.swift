package import SimTime
package import Vocabulary

/// The way a request came in, which decides the network keys it has.
package enum NetworkPath: Equatable, Sendable {
    /// From the caller's public address, or from a private one that is routed to the service.
    case open(sourceIP: String)
    /// Through an interface endpoint of a VPC.
    case endpoint(id: String, vpc: String, sourceIP: String)
}

/// What a request is known by beside its principal: the source of the keys that every service sends along.
package struct RequestFacts: Sendable {
    /// `AIDA…`, `AROA…:session`, or the account id of root; nil when the request is not signed.
    package var userID: String?
    package var principalTags: [(key: String, value: String)]
    package var network: NetworkPath
    /// Whether the connection is encrypted, or counts as such.
    package var isSecure: Bool
    package var region: RegionName
    package var now: SimInstant
    package var userAgent: String?
    package var resourceAccount: AccountID?
    package var resourceTags: [(key: String, value: String)]
    package var requestTags: [(key: String, value: String)]

    package init(
        userID: String?, principalTags: [(key: String, value: String)] = [], network: NetworkPath, isSecure: Bool,
        region: RegionName, now: SimInstant, userAgent: String? = nil,
        resourceAccount: AccountID? = nil, resourceTags: [(key: String, value: String)] = [],
        requestTags: [(key: String, value: String)] = []
    ) {
        self.userID = userID
        self.principalTags = principalTags
        self.network = network
        self.isSecure = isSecure
        self.region = region
        self.now = now
        self.userAgent = userAgent
        self.resourceAccount = resourceAccount
        self.resourceTags = resourceTags
        self.requestTags = requestTags
    }
}

extension ConditionContext {
    /// The global keys of a request. Keys of one service are added by the caller.
    /// - Parameter servicePrefix: the action's prefix, e.g. `sagemaker`, under which tags are repeated.
    /// AWS: doc — spec/studio.md §B2.
    package init(_ facts: RequestFacts, of principal: RequestPrincipal, servicePrefix: String) {
        self.init()
        self["aws:CurrentTime"] = [CivilTime(facts.now).iso8601]
        self["aws:EpochTime"] = ["\(facts.now.floored(to: .seconds(1)).millisecondsSinceEpoch / 1000)"]
        self["aws:SecureTransport"] = [facts.isSecure ? "true" : "false"]
        self["aws:RequestedRegion"] = [facts.region.name]
        self["aws:UserAgent"] = facts.userAgent.map { [$0] }
        self["aws:ViaAWSService"] = ["false"]
        switch facts.network {
        case .open(let sourceIP): self["aws:SourceIp"] = [sourceIP]
        case .endpoint(let id, let vpc, let sourceIP):
            self["aws:VpcSourceIp"] = [sourceIP]
            self["aws:SourceVpc"] = [vpc]
            self["aws:SourceVpce"] = [id]
        }
        setPrincipal(principal, facts)
        for tag in facts.principalTags { self["aws:PrincipalTag/\(tag.key)"] = [tag.value] }
        for tag in facts.resourceTags {
            self["aws:ResourceTag/\(tag.key)"] = [tag.value]
            self["\(servicePrefix):ResourceTag/\(tag.key)"] = [tag.value]
        }
        if let account = facts.resourceAccount { self["aws:ResourceAccount"] = [account.digits] }
        for tag in facts.requestTags { self["aws:RequestTag/\(tag.key)"] = [tag.value] }
        self["aws:TagKeys"] = facts.requestTags.map(\.key)
    }

    /// AWS: doc — IAM global condition keys: PrincipalArn is the role's for a session; username is a user's only.
    private mutating func setPrincipal(_ principal: RequestPrincipal, _ facts: RequestFacts) {
        let type: String
        switch principal {
        case .root(let account):
            type = "Account"
            self["aws:PrincipalArn"] = ["arn:aws:iam::\(account):root"]
        case .user(let arn, _):
            type = "User"
            self["aws:PrincipalArn"] = [arn]
            self["aws:username"] = arn.split(separator: "/").last.map { [String($0)] }
        case .session(_, let roleARN, _):
            type = "AssumedRole"
            self["aws:PrincipalArn"] = [roleARN]
        case .federatedUser(let arn, _):
            type = "FederatedUser"
            self["aws:PrincipalArn"] = [arn]
        case .federated: type = "FederatedUser"
        case .service(let name):
            self["aws:PrincipalServiceName"] = [name]
            self["aws:PrincipalIsAWSService"] = ["true"]
            return
        case .anonymous:
            self["aws:PrincipalType"] = ["Anonymous"]
            return
        }
        self["aws:PrincipalType"] = [type]
        self["aws:PrincipalIsAWSService"] = ["false"]
        self["aws:PrincipalAccount"] = principal.account.map { [$0.digits] }
        self["aws:userid"] = facts.userID.map { [$0] }
    }
}
