import SimTime
import Testing
import WorkspaceRules

@Suite struct DeletionOrderTests {
    struct DomainRow: Sendable {
        var profiles: [String] = []
        var spaces = 0
        var sharedApps: [AppStatus] = []
        var blocker: DeletionOrder.Blocker?
    }

    @Test(arguments: [
        DomainRow(), DomainRow(profiles: ["alice"], blocker: .userProfiles),
        DomainRow(profiles: ["domain-shared"]), DomainRow(profiles: ["domain-shared", "bob"], spaces: 2, blocker: .userProfiles),
        DomainRow(spaces: 1, blocker: .spaces),
        DomainRow(profiles: ["domain-shared"], sharedApps: [.inService], blocker: .apps),
        DomainRow(profiles: ["domain-shared"], sharedApps: [.deleting], blocker: .apps),
        DomainRow(profiles: ["domain-shared"], sharedApps: [.deleted, .failed]),
    ]) func domains(_ row: DomainRow) {
        #expect(DeletionOrder.blocker(ofDomainWith: row.profiles, spaces: row.spaces, sharedApps: row.sharedApps) == row.blocker)
    }

    struct ProfileRow: Sendable {
        var apps: [AppStatus] = []
        var spaces = 0
        var blocker: DeletionOrder.Blocker?
    }

    @Test(arguments: [
        ProfileRow(), ProfileRow(apps: [.inService], blocker: .apps), ProfileRow(apps: [.pending], spaces: 1, blocker: .apps),
        ProfileRow(apps: [.failed, .deleted]), ProfileRow(apps: [.deleted], spaces: 1, blocker: .spaces),
    ]) func profiles(_ row: ProfileRow) {
        #expect(DeletionOrder.blocker(ofProfileWith: row.apps, ownedSpaces: row.spaces) == row.blocker)
        #expect((DeletionOrder.blocker(ofSpaceWith: row.apps) != nil) == (row.blocker == .apps))
    }

    struct ChangeRow: Sendable {
        var change: DomainChange
        /// The statuses of single apps that refuse the change.
        var refusedBy: Set<AppStatus>
        var strict = false
    }

    static let changes: [ChangeRow] = {
        func change(_ make: (inout DomainChange) -> Void) -> DomainChange {
            var change = DomainChange()
            make(&change)
            return change
        }
        return [
            ChangeRow(change: DomainChange(), refusedBy: []),
            ChangeRow(change: change { $0.changesRStudio = true }, refusedBy: [.inService]),
            ChangeRow(change: change { $0.changesNetwork = true }, refusedBy: [.inService, .pending]),
            ChangeRow(change: change { $0.removesSubnets = true }, refusedBy: [.inService, .pending, .deleting]),
            ChangeRow(change: change { $0.changesCustomImages = true }, refusedBy: []),
            ChangeRow(change: change { $0.changesCustomImages = true }, refusedBy: [.inService], strict: true),
        ]
    }()

    @Test(arguments: changes) func domainChanges(_ row: ChangeRow) {
        for status in AppStatus.allCases {
            let isRefused = row.change.isRefused(by: [status], strictCustomImages: row.strict)
            #expect(isRefused == row.refusedBy.contains(status), "\(status)")
        }
    }
}

@Suite struct ResourceSpecTests {
    @Test func theNearestPlaceDecides() {
        let spec = ResourceSpec.resolved([
            ResourceSpec(instanceType: "ml.m5.large"),
            ResourceSpec(imageARN: "image/profile", instanceType: "ml.c5.large", lifecycleConfigARN: "script/profile"),
            ResourceSpec(imageARN: "image/domain", imageVersionARN: "image-version/domain/3"),
        ])
        #expect(spec == ResourceSpec(imageARN: "image/profile", instanceType: "ml.m5.large", lifecycleConfigARN: "script/profile"))
    }

    @Test func noneClearsWhatFartherPlacesSay() {
        let spec = ResourceSpec.resolved([
            ResourceSpec(lifecycleConfigARN: "None"), ResourceSpec(imageARN: "image/domain", lifecycleConfigARN: "script"),
        ])
        #expect(spec == ResourceSpec(imageARN: "image/domain"))
    }

    struct InstanceRow: Sendable {
        var type: AppType
        var asked: String?
        var given: Result<String, InstanceRejection>
    }

    @Test(arguments: [
        InstanceRow(type: .jupyterServer, given: .success("system")),
        InstanceRow(type: .jupyterServer, asked: "ml.m5.large", given: .failure(.onlySystem("ml.m5.large"))),
        InstanceRow(type: .kernelGateway, given: .failure(.missing)),
        InstanceRow(type: .kernelGateway, asked: "system", given: .success("ml.t3.medium")),
        InstanceRow(type: .kernelGateway, asked: "ml.m5.large", given: .success("ml.m5.large")),
        InstanceRow(type: .rSessionGateway, given: .success("ml.t3.medium")),
        InstanceRow(type: .rStudioServerPro, given: .success("system")),
        InstanceRow(type: .rStudioServerPro, asked: "ml.c5.4xlarge", given: .success("ml.c5.4xlarge")),
        InstanceRow(type: .jupyterLab, given: .success("ml.t3.medium")),
    ]) func instances(_ row: InstanceRow) {
        #expect(ResourceSpec(instanceType: row.asked).instanceType(for: row.type) == row.given)
    }
}

@Suite struct ImageVersionsTests {
    private let versions = ImageVersions([
        .init(number: 3, status: .createFailed), .init(number: 1, status: .created, aliases: ["stable"]),
        .init(number: 2, status: .created, aliases: ["dev", "next"]),
    ])

    @Test func theLatestIsTheHighestThatWasCreated() {
        #expect(versions.latest?.number == 2)
        #expect(versions.version(number: nil, alias: nil)?.number == 2)
        #expect(versions.version(number: 3, alias: nil)?.status == .createFailed)
        #expect(versions.version(number: nil, alias: "stable")?.number == 1)
        #expect(versions.version(number: 4, alias: nil) == nil)
        #expect(versions.version(number: nil, alias: "x") == nil)
        #expect(ImageVersions([.init(number: 1, status: .createFailed)]).version(number: nil, alias: nil)?.number == 1)
        #expect(ImageVersions([]).version(number: nil, alias: nil) == nil)
    }

    @Test func anAliasLeavesItsFormerVersion() {
        var versions = versions
        let moved = versions.add(["stable", "fresh"], to: 2)
        #expect(moved == [1, 2])
        #expect(versions.version(number: 1, alias: nil)?.aliases == [])
        #expect(versions.version(number: 2, alias: nil)?.aliases == ["dev", "next", "stable", "fresh"])
        let unmoved = versions.add(["dev"], to: 2)
        #expect(unmoved == [])
    }
}

@Suite struct LandingPageTests {
    struct Row: Sendable {
        var uri: String
        var path: String?
    }

    @Test(arguments: [
        Row(uri: "studio::", path: "/studio"), Row(uri: "studio::jobs/training", path: "/studio/jobs/training"),
        Row(uri: "app:JupyterServer:", path: "/jupyter/default/lab"),
        Row(uri: "app:JupyterLab:tree/a.ipynb", path: "/jupyterlab/default/lab/tree/a.ipynb"),
        Row(uri: "app:RStudioServerPro:", path: "/rstudio/default"),
        Row(uri: "app:RStudioServerPro:/x", path: "/rstudio/default/x"),
        Row(uri: "app:CodeEditor:", path: "/codeeditor/default"), Row(uri: "app:Canvas:", path: "/canvas/default"),
        Row(uri: ""), Row(uri: "studio"), Row(uri: "studio:"), Row(uri: "app:KernelGateway:"), Row(uri: "app:studio:"),
        Row(uri: "https://elsewhere"), Row(uri: "studio::../../x"), Row(uri: "studio::a\r\nSet-Cookie: x"),
        Row(uri: "studio::\\\\elsewhere"),
    ]) func landingURIs(_ row: Row) {
        #expect(LandingPage(landingURI: row.uri)?.path == row.path)
    }

    @Test func redirectsAndPathsNameTheSamePages() {
        #expect(LandingPage(redirect: "RStudioServerPro")?.appType == .rStudioServerPro)
        #expect(LandingPage(redirect: "studio") == nil)
        #expect(LandingPage(redirect: "//elsewhere") == nil)
        for experience in ["JupyterServer", "JupyterLab", "RStudioServerPro", "CodeEditor", "Canvas"] {
            let page = LandingPage(redirect: experience)
            #expect(page != nil)
            if let page { #expect(LandingPage(path: page.path) == page) }
        }
        #expect(LandingPage(path: "/studio/x").appType == nil)
    }
}

@Suite struct PresignedLinkTests {
    private static let start = SimInstant(millisecondsSinceEpoch: 0)

    @Test func aLinkIsGoodOnceUntilItExpires() throws {
        var link = PresignedLink(life: .seconds(5), sessionLength: .seconds(1800), at: Self.start)
        let end = try link.redeem(at: Self.start + .milliseconds(4999))
        #expect(end == Self.start + .milliseconds(4999) + .seconds(1800))
        #expect(throws: LinkRefusal.used) { try link.redeem(at: Self.start + .milliseconds(4999)) }
        #expect(throws: LinkRefusal.used) { try link.redeem(at: Self.start + .hours(1)) }
    }

    @Test func anExpiredLinkIsNotUsedUp() {
        var link = PresignedLink(life: .seconds(5), sessionLength: .seconds(1800), at: Self.start)
        #expect(throws: LinkRefusal.expired) { try link.redeem(at: Self.start + .seconds(5)) }
        #expect(link.redeemedAt == nil)
    }
}

@Suite struct QuotaTests {
    @Test func theRefusalNamesQuotaAndUse() {
        let quota = Quota(name: "Total domains", unit: "Domains", limit: 1)
        #expect(quota.refusal(ofOneMoreThan: 0) == nil)
        #expect(quota.refusal(ofOneMoreThan: 1)
            == "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a "
            + "request delta of 1 Domains. Please use AWS Service Quotas to request an increase for this quota. If AWS "
            + "Service Quotas is not available, contact AWS support to request an increase for this quota.")
    }
}
