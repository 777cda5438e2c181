package import SimTime

/// What ECR can be told.
package struct ECRSettings: Sendable {
    /// How repositories and registries are named to clients.
    package enum Addressing: String, Sendable, CaseIterable {
        /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`, as AWS does.
        case aws
        /// `HOST:PORT/NAME`, after the host the request was sent to: what a docker client on this machine can reach.
        case local
    }

    /// Which images, named by models and image versions, must exist here.
    package enum ImageCheck: String, Sendable, CaseIterable {
        /// Those whose repository exists here: a missing tag or digest is an error, an unknown repository is not.
        case known
        /// Those of any ECR registry, AWS's own accounts aside.
        case own
        /// Those of any ECR registry.
        case all
    }

    package var addressing = Addressing.aws
    /// Also repeats what docker clients suffer from at AWS: PATCH answers 201, and chunks but the last need 5 MiB.
    package var isFaithful = false
    /// Where findings come from (`ScanRule`); nil is `ecr-scan-rules.json` in the data folder. No file, no findings.
    package var scanRulesPath: String?
    /// Where upstream registries of pull-through rules really are, by the `upstreamRegistryUrl` that rules give.
    package var upstreams: [String: UpstreamAddress] = [:]
    /// From a push or a change of policy to its evaluation, in simulated time. AWS promises 24 hours.
    package var lifecycleDelay = SimDuration.hours(24)
    /// How long a signature, a scan, a replication and a return from the archive take, in simulated time.
    package var signingDuration = SimDuration.seconds(2)
    package var scanDuration = SimDuration.seconds(2)
    package var replicationDuration = SimDuration.seconds(2)
    package var activationDuration = SimDuration.seconds(5)
    package var images = ImageCheck.known

    package init() {}
}
