import AWSModel
import ColdframeTesting
import SimTime
import StudioService
import Testing

@Suite struct StudioDomainTests {
    @Test func aDomainComesIntoServiceAndEchoesItsInput() async throws {
        try await StudioHarness.with { studio in
            let made = try await studio.call("CreateDomain", [
                "DomainName": "lab", "AuthMode": "IAM", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
                "DefaultUserSettings": ["ExecutionRole": StudioHarness.role, "SecurityGroups": ["sg-1"]],
                "Tags": [["Key": "team", "Value": "churn"]],
            ])
            let id = try #require(made["DomainId"]?.string)
            #expect(id.count == 14 && id.hasPrefix("d-"))
            #expect(made["DomainArn"] == .string("arn:aws:sagemaker:us-east-1:123456789012:domain/\(id)"))
            #expect(made["Url"] == .string("https://\(id).studio.us-east-1.sagemaker.aws"))
            let name: AWSValue = ["DomainId": .string(id)]
            #expect(try await studio.status("DescribeDomain", name) == "Pending")
            try await studio.settle()
            let domain = try await studio.call("DescribeDomain", name)
            #expect(domain["Status"] == "InService")
            #expect(domain["AppNetworkAccessType"] == "PublicInternetOnly")
            #expect(domain["TagPropagation"] == "DISABLED")
            #expect(domain["DefaultUserSettings"]?["SecurityGroups"] == ["sg-1"])
            #expect(domain["HomeEfsFileSystemId"]?.string?.hasPrefix("fs-") == true)
            #expect(domain["FailureReason"] == nil)
            #expect(domain["SecurityGroupIdForDomainBoundary"] == nil)
            #expect(try await studio.call("ListTags", ["ResourceArn": made["DomainArn"]])["Tags"] == [["Key": "team", "Value": "churn"]])
            #expect(try await studio.call("ListDomains")["Domains"]?.list?.count == 1)
        }
    }

    struct Refusal: Sendable, CustomStringConvertible {
        var change: AWSObject
        var code = "ValidationException"
        var message: String
        var description: String { message }
    }

    @Test(arguments: [
        Refusal(change: ["DefaultUserSettings": [:]], message: "DefaultUserSettings.ExecutionRole is required to create a Domain."),
        Refusal(change: ["SubnetIds": []], message: "1 validation error detected"),
        Refusal(
            change: ["AppSecurityGroupManagement": "Service"],
            message: "AppSecurityGroupManagement can only be set for Rstudio enabled domains."),
        Refusal(
            change: ["DefaultUserSettings": [
                "ExecutionRole": StudioHarness.role,
                "KernelGatewayAppSettings": ["CustomImages": [["ImageName": "x", "AppImageConfigName": "y"]]],
            ]],
            message: "Image [x] does not exist."),
        Refusal(
            change: ["DefaultUserSettings": [
                "ExecutionRole": StudioHarness.role,
                "JupyterLabAppSettings": ["LifecycleConfigArns": ["arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/none"]],
            ]],
            message: "StudioLifecycleConfig [arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/none] does not exist."),
    ]) func badDomainsAreRefused(_ row: Refusal) async throws {
        try await StudioHarness.with { studio in
            do {
                _ = try await studio.domain(row.change)
                Issue.record("accepted")
            } catch let fault as CallFault {
                #expect(fault.code == row.code)
                #expect(fault.message.hasPrefix(row.message), "\(fault.message)")
            }
            #expect(try await studio.call("ListDomains")["Domains"] == [])
        }
    }

    @Test func theQuotaOfDomainsIsNamed() async throws {
        var settings = StudioSettings()
        settings.quotas = ["Total domains": 1]
        try await StudioHarness.with(settings) { studio in
            _ = try await studio.domain()
            let fault = try await studio.fault("CreateDomain", [
                "DomainName": "two", "AuthMode": "IAM", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
                "DefaultUserSettings": ["ExecutionRole": StudioHarness.role],
            ])
            #expect(fault.code == "ResourceLimitExceeded")
            #expect(fault.message.hasPrefix(
                "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a request delta of 1 Domains."))
        }
    }

    @Test func whatADomainHoldsGoesFirst() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let domain: AWSValue = ["DomainId": .string(id)], alice: AWSValue = ["DomainId": .string(id), "UserProfileName": "Alice"]
            let domainARN = "arn:aws:sagemaker:us-east-1:123456789012:domain/\(id)"
            let profileARN = "arn:aws:sagemaker:us-east-1:123456789012:user-profile/\(id)/alice"
            let full = try await studio.fault("DeleteDomain", domain)
            #expect(full.code == "ResourceInUse")
            #expect(full.message == "Unable to delete Domain [\(domainARN)] because UserProfile(s) are associated with it.")

            let app: AWSValue = [
                "DomainId": .string(id), "UserProfileName": "alice", "AppType": "JupyterServer", "AppName": "default",
            ]
            #expect(try await studio.call("CreateApp", app)["AppArn"] == .string("arn:aws:sagemaker:us-east-1:123456789012:app/\(id)/alice/jupyterserver/default"))
            #expect(try await studio.status("DescribeApp", app) == "Pending")
            try await studio.settle()
            #expect(try await studio.call("DescribeApp", app)["ResourceSpec"]?["InstanceType"] == "system")
            let withApp = try await studio.fault("DeleteUserProfile", alice)
            #expect(withApp.code == "ResourceInUse")
            #expect(withApp.message == "Unable to delete UserProfile [\(profileARN)] because App(s) are associated with it.")
            let busy = try await studio.fault("UpdateUserProfile", alice)
            #expect(busy.message.hasPrefix("Unable to update UserProfile [\(profileARN)] with InService App."))

            try await studio.call("DeleteApp", app)
            #expect(try await studio.status("DescribeApp", app) == "Deleting")
            try await studio.settle()
            #expect(try await studio.status("DescribeApp", app) == "Deleted")
            #expect(try await studio.fault("DeleteApp", app).code == "ResourceNotFound")
            try await studio.call("DeleteUserProfile", alice)
            #expect(try await studio.status("DescribeUserProfile", alice) == "Deleting")
            try await studio.settle()
            let gone = try await studio.fault("DescribeUserProfile", alice)
            #expect(gone.code == "ResourceNotFound")
            #expect(gone.message == "UserProfile [Alice] does not exist.")
            #expect(try await studio.fault("DescribeApp", app).code == "ResourceNotFound")
            try await studio.call("DeleteDomain", .object(["DomainId": .string(id), "RetentionPolicy": ["HomeEfsFileSystem": "Delete"]]))
            #expect(try await studio.status("DescribeDomain", domain) == "Deleting")
            try await studio.settle()
            #expect(try await studio.fault("DescribeDomain", domain).message == "Domain [\(id)] does not exist.")
        }
    }

    @Test func aDeletedAppIsForgottenAfterADayAndMayBeMadeAnewBefore() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let app: AWSValue = [
                "DomainId": .string(id), "UserProfileName": "alice", "AppType": "KernelGateway", "AppName": "k",
            ]
            #expect(try await studio.fault("CreateApp", app).message.hasPrefix("InstanceType is required for AppType [KernelGateway]"))
            let sized = AWSValue.object([
                "DomainId": .string(id), "UserProfileName": "alice", "AppType": "KernelGateway", "AppName": "k",
                "ResourceSpec": ["InstanceType": "ml.t3.medium"],
            ])
            try await studio.call("CreateApp", sized)
            let twice = try await studio.fault("CreateApp", sized)
            #expect(twice.code == "ResourceInUse")
            #expect(twice.message.hasSuffix("/kernelgateway/k] already exists."))
            try await studio.settle()
            try await studio.call("DeleteApp", app)
            try await studio.settle()
            try await studio.call("CreateApp", sized)
            #expect(try await studio.status("DescribeApp", app) == "Pending")
            try await studio.settle()
            try await studio.call("DeleteApp", app)
            try await studio.settle()
            #expect(try await studio.call("ListApps", ["UserProfileNameEquals": "alice"])["Apps"]?.list?.count == 1)
            try await studio.coldframe.advance(by: .hours(24))
            #expect(try await studio.call("ListApps")["Apps"] == [])
            let both = try await studio.fault("ListApps", ["UserProfileNameEquals": "a", "SpaceNameEquals": "b"])
            #expect(both.message == "Only one of UserProfileNameEquals or SpaceNameEquals can be specified.")
        }
    }

    @Test func spacesRunTheNewApplications() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let alone = try await studio.fault("CreateSpace", [
                "DomainId": .string(id), "SpaceName": "s", "OwnershipSettings": ["OwnerUserProfileName": "alice"],
            ])
            #expect(alone.message == "OwnershipSettings and SpaceSharingSettings must be specified together.")
            try await studio.call("CreateSpace", [
                "DomainId": .string(id), "SpaceName": "s", "OwnershipSettings": ["OwnerUserProfileName": "alice"],
                "SpaceSharingSettings": ["SharingType": "Private"], "SpaceSettings": ["AppType": "JupyterLab"],
            ])
            try await studio.settle()
            let space = try await studio.call("DescribeSpace", ["DomainId": .string(id), "SpaceName": "s"])
            #expect(space["Status"] == "InService")
            #expect(space["HomeEfsFileSystemUid"] == "200002")
            let owner = try await studio.fault("DeleteUserProfile", ["DomainId": .string(id), "UserProfileName": "alice"])
            #expect(owner.message.hasSuffix("because Space(s) are associated with it."))
            let lab: AWSValue = ["DomainId": .string(id), "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default"]
            let profileLab = try await studio.fault("CreateApp", [
                "DomainId": .string(id), "UserProfileName": "alice", "AppType": "JupyterLab", "AppName": "default",
            ])
            #expect(profileLab.message == "AppType [JupyterLab] requires a Space: specify SpaceName.")
            try await studio.call("CreateApp", lab)
            try await studio.settle()
            let used = try await studio.fault("DeleteSpace", ["DomainId": .string(id), "SpaceName": "s"])
            #expect(used.message == "Unable to delete Space [arn:aws:sagemaker:us-east-1:123456789012:space/\(id)/s] because App(s) are associated with it.")
            let type = try await studio.fault("UpdateSpace", [
                "DomainId": .string(id), "SpaceName": "s", "SpaceSettings": ["AppType": "CodeEditor"],
            ])
            #expect(type.code == "ValidationException")
            try await studio.call("DeleteApp", lab)
            try await studio.settle()
            try await studio.call("DeleteSpace", ["DomainId": .string(id), "SpaceName": "s"])
            try await studio.settle()
            #expect(try await studio.call("ListSpaces")["Spaces"] == [])
        }
    }

    @Test func rStudioBringsTheSharedProfileAndItsServer() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.rStudioDomain()
            let server: AWSValue = [
                "DomainId": .string(id), "UserProfileName": "domain-shared", "AppType": "RStudioServerPro", "AppName": "default",
            ]
            #expect(try await studio.status("DescribeApp", server) == "InService")
            #expect(try await studio.call("ListUserProfiles")["UserProfiles"]?.list?.map { $0["UserProfileName"] } == ["domain-shared"])
            let update: AWSValue = ["DomainId": .string(id), "DomainSettingsForUpdate": [
                "RStudioServerProDomainSettingsForUpdate": [
                    "DomainExecutionRoleArn": StudioHarness.role, "RStudioConnectUrl": "https://connect.example",
                ],
            ]]
            let refused = try await studio.fault("UpdateDomain", update)
            #expect(refused.code == "ValidationException")
            #expect(refused.message == "Unable to update Domain [arn:aws:sagemaker:us-east-1:123456789012:domain/\(id)] with InService App. Delete all InService apps in the domain including shared Apps for [domain-shared] User Profile, and try again.")
            #expect(try await studio.fault("DeleteDomain", ["DomainId": .string(id)]).message.hasSuffix("because App(s) are associated with it."))

            try await studio.call("DeleteApp", server)
            try await studio.settle()
            try await studio.call("UpdateDomain", update)
            #expect(try await studio.status("DescribeDomain", ["DomainId": .string(id)]) == "Updating")
            try await studio.settle()
            #expect(try await studio.call("DescribeDomain", ["DomainId": .string(id)])["DomainSettings"]?["RStudioServerProDomainSettings"]?["RStudioConnectUrl"] == "https://connect.example")
            try await studio.call("CreateApp", server)
            try await studio.settle()
            #expect(try await studio.status("DescribeApp", server) == "InService")
            let other = try await studio.fault("CreateApp", [
                "DomainId": .string(id), "UserProfileName": "domain-shared", "AppType": "RStudioServerPro", "AppName": "two",
            ])
            #expect(other.message == "AppName [two] is not supported for AppType [RStudioServerPro]. Only [default] is.")

            try await studio.call("DeleteApp", server)
            try await studio.settle()
            try await studio.call("DeleteDomain", ["DomainId": .string(id)])
            try await studio.settle()
            #expect(try await studio.call("ListUserProfiles")["UserProfiles"] == [])
        }
    }

    @Test func switchingRStudioOnClosesItToPresentProfiles() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("early", of: id)
            try await studio.call("UpdateDomain", ["DomainId": .string(id), "DomainSettingsForUpdate": [
                "RStudioServerProDomainSettingsForUpdate": ["DomainExecutionRoleArn": StudioHarness.role],
            ]])
            try await studio.settle()
            try await studio.settle()
            try await studio.profile("late", of: id)
            let early = try await studio.call("DescribeUserProfile", ["DomainId": .string(id), "UserProfileName": "early"])
            #expect(early["UserSettings"]?["RStudioServerProAppSettings"]?["AccessStatus"] == "DISABLED")
            let late = try await studio.call("DescribeUserProfile", ["DomainId": .string(id), "UserProfileName": "late"])
            #expect(late["UserSettings"] == nil)
            #expect(try await studio.call("ListApps")["Apps"]?.list?.first?["AppType"] == "RStudioServerPro")
        }
    }

    @Test func theNetworkOfADomainIsNotChangedFreely() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.rStudioDomain()
            func refused(_ member: String, _ value: AWSValue) async throws -> String {
                try await studio.fault("UpdateDomain", .object(["DomainId": .string(id), member: value])).message
            }
            #expect(try await refused("AppNetworkAccessType", "VpcOnly") == "AppNetworkAccessType cannot be updated for Rstudio enabled domains.")
            #expect(try await refused("VpcId", "vpc-2") == "VpcId cannot be updated for a Domain that has one.")
            #expect(try await refused("SubnetIds", ["subnet-1"]).contains("with InService App."))
            try await studio.call("UpdateDomain", ["DomainId": .string(id), "SubnetIds": ["subnet-1", "subnet-2", "subnet-3"]])
        }
    }

    @Test func withoutALicenceARStudioDomainFails() async throws {
        var settings = StudioSettings()
        settings.hasRStudioLicense = false
        try await StudioHarness.with(settings) { studio in
            let id = try await studio.rStudioDomain()
            let domain = try await studio.call("DescribeDomain", ["DomainId": .string(id)])
            #expect(domain["Status"] == "Failed")
            #expect(domain["FailureReason"]?.string?.contains("license") == true)
            #expect(try await studio.call("ListUserProfiles")["UserProfiles"] == [])
        }
    }

    @Test func profilesArePagedInTheOrderTheyWereMade() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            for name in ["carol", "alice", "bob"] { try await studio.profile(name, of: id) }
            var names: [String?] = [], token: AWSValue?
            repeat {
                let page = try await studio.call("ListUserProfiles", ["MaxResults": 2, "NextToken": token])
                names += page["UserProfiles"]?.list?.map { $0["UserProfileName"]?.string } ?? []
                token = page["NextToken"]
            } while token != nil
            #expect(names == ["carol", "alice", "bob"])
            let some = try await studio.call("ListUserProfiles", ["UserProfileNameContains": "AL", "DomainIdEquals": .string(id)])
            #expect(some["UserProfiles"]?.list?.count == 1)
            #expect(try await studio.call("ListUserProfiles", ["DomainIdEquals": "d-none"])["UserProfiles"] == [])
            let twice = try await studio.fault("CreateUserProfile", ["DomainId": .string(id), "UserProfileName": "ALICE"])
            #expect(twice.code == "ResourceInUse")
            let single = try await studio.fault("CreateUserProfile", [
                "DomainId": .string(id), "UserProfileName": "x", "SingleSignOnUserIdentifier": "UserName",
            ])
            #expect(single.message == "SingleSignOnUserIdentifier cannot be specified for a Domain with AuthMode [IAM].")
        }
    }
}
