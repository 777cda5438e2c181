import AWSModel
import ECRService
import Foundation
import Gateway
import HTTPServer
import RegistryRules
import SimTime
import Store
import Testing
import Timeline

/// Lifecycle policies, scans, replication, pull-through, policies, tags and settings.
@Suite struct ECRSettingsTests {
    static func policy(_ selection: String) -> AWSValue {
        .string(#"{"rules":[{"rulePriority":1,"selection":{\#(selection)},"action":{"type":"expire"}}]}"#)
    }

    @Test func lifecyclePoliciesRunInSimulatedTime() async throws {
        let ecr = try await ECRFixture()
        for tag in ["1", "2", "3"] {
            try await ecr.push("layer\(tag)", tag: tag)
            _ = try await ecr.timeline.advance(by: .minutes(1))
        }
        let text = Self.policy(#""tagStatus":"any","countType":"imageCountMoreThan","countNumber":2"#)
        let fault = try await ecr.fault("StartLifecyclePolicyPreview", repositoryInput)
        #expect(fault.code == "LifecyclePolicyNotFoundException")
        #expect(try await ecr.fault("GetLifecyclePolicyPreview", repositoryInput).code == "LifecyclePolicyPreviewNotFoundException")
        try await ecr.call("StartLifecyclePolicyPreview", repositoryInput.with("lifecyclePolicyText", text))
        let preview = try await ecr.call("GetLifecyclePolicyPreview", repositoryInput)
        #expect(preview["status"] == "COMPLETE")
        #expect(preview["summary"]?["expiringImageTotalCount"] == 1)
        #expect(preview["previewResults"]?.list?.first?["imageTags"] == ["1"])
        #expect(preview["previewResults"]?.list?.first?["appliedRulePriority"] == 1)
        #expect(try await ecr.call("ListImages", repositoryInput).imageTags == ["1", "2", "3"])

        try await ecr.call("PutLifecyclePolicy", repositoryInput.with("lifecyclePolicyText", text))
        #expect(try await ecr.call("GetLifecyclePolicy", repositoryInput)["lastEvaluatedAt"]?.instant?.millisecondsSinceEpoch == 180_000)
        _ = try await ecr.timeline.advance(by: .hours(24))
        #expect(try await ecr.call("ListImages", repositoryInput).imageTags == ["2", "3"])
        try await ecr.push("layer4", tag: "4")
        _ = try await ecr.timeline.advance(by: .hours(24))
        #expect(try await ecr.call("ListImages", repositoryInput).imageTags == ["3", "4"])
        #expect(try await ecr.call("DeleteLifecyclePolicy", repositoryInput)["lastEvaluatedAt"]?.instant == ecr.timeline.now)
    }

    @Test func agingImagesExpireOnTheirDayAndTheServerFallsIdle() async throws {
        let ecr = try await ECRFixture()
        try await ecr.push("layer", tag: "x")
        try await ecr.call("PutLifecyclePolicy", repositoryInput.with(
            "lifecyclePolicyText", Self.policy(#""tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":3"#)))
        _ = try await ecr.timeline.advance(by: .hours(71))
        #expect(try await ecr.call("ListImages", repositoryInput).imageTags == ["x"])
        let end = try await ecr.timeline.advanceUntilIdle(limit: .days(30))
        #expect(try await ecr.call("ListImages", repositoryInput).imageTags.isEmpty)
        #expect(end.now < ECRFixture.start + .days(4))
    }

    @Test(arguments: [
        ("{", "Could not map policyString into LifecyclePolicy."), ("{}", #"object has missing required properties (["rules"])"#),
    ])
    func lifecycleFlawsAreWorded(_ text: String, _ reason: String) async throws {
        let ecr = try await ECRFixture()
        let fault = try await ecr.fault("PutLifecyclePolicy", repositoryInput.with("lifecyclePolicyText", .string(text)))
        #expect(fault.message == "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: \(reason)'")
    }

    @Test func scansFindWhatTheRuleFileSays() async throws {
        let ecr = try await ECRFixture()
        let rules = #"{"findings":[{"repository":"team/*","name":"CVE-2024-1","severity":"HIGH","package":"openssl","version":"1"},{"tag":"2*","name":"CVE-2024-2","severity":"LOW"}]}"#
        try rules.write(toFile: ecr.store.folder + "/ecr-scan-rules.json", atomically: true, encoding: .utf8)
        let digest = try await ecr.push("layer", tag: "1")
        let input = repositoryInput.with("imageId", ["imageTag": "1"])
        let before = try await ecr.fault("DescribeImageScanFindings", input)
        #expect(before.code == "ScanNotFoundException")
        #expect(try await ecr.call("StartImageScan", input)["imageScanStatus"]?["status"] == "IN_PROGRESS")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        let findings = try await ecr.call("DescribeImageScanFindings", input)
        #expect(findings["imageScanStatus"] == ["status": "COMPLETE", "description": "The scan was completed successfully."])
        #expect(findings["imageScanFindings"]?["findingSeverityCounts"] == ["HIGH": 1])
        #expect(findings["imageScanFindings"]?["findings"]?.list?.first?["attributes"]?.list?.count == 2)
        #expect(try await ecr.fault("StartImageScan", input).message == "The scan quota per image has been exceeded. Wait and try again.")
        _ = try await ecr.timeline.advance(by: .hours(24))
        try await ecr.call("StartImageScan", input)
        try await ecr.call("PutImageScanningConfiguration", repositoryInput.with("imageScanningConfiguration", ["scanOnPush": true]))
        _ = try await ecr.put(ecr.index(of: [digest]), "multi", type: ManifestKind.ociIndex.rawValue)
        let index = try await ecr.call("DescribeImageScanFindings", repositoryInput.with("imageId", ["imageTag": "multi"]))
        #expect(index["imageScanStatus"]?["status"] == "UNSUPPORTED_IMAGE")
        try await ecr.push("second", tag: "2")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        let details = try await ecr.call("DescribeImages", repositoryInput.with("imageIds", [["imageTag": "2"]]))
        #expect(details["imageDetails"]?.list?.first?["imageScanFindingsSummary"]?["findingSeverityCounts"] == ["HIGH": 1, "LOW": 1])
    }

    @Test func enhancedScanningHasItsOwnShape() async throws {
        let ecr = try await ECRFixture()
        let rules: AWSValue = [["scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [["filter": "team*", "filterType": "WILDCARD"]]]]
        let basic = try await ecr.fault("PutRegistryScanningConfiguration", ["scanType": "BASIC", "rules": rules])
        #expect(basic.code == "InvalidParameterException")
        try await ecr.call("PutRegistryScanningConfiguration", ["scanType": "ENHANCED", "rules": rules])
        let applied = try await ecr.call("BatchGetRepositoryScanningConfiguration", ["repositoryNames": ["team/churn", "none1"]])
        #expect(applied["scanningConfigurations"]?.list?.first?["scanFrequency"] == "CONTINUOUS_SCAN")
        #expect(applied.failureCodes == ["REPOSITORY_NOT_FOUND"])
        try await ecr.push("layer", tag: "1")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        let findings = try await ecr.call("DescribeImageScanFindings", repositoryInput.with("imageId", ["imageTag": "1"]))
        #expect(findings["imageScanStatus"]?["status"] == "ACTIVE")
        #expect(findings["imageScanFindings"]?["enhancedFindings"]?.list?.isEmpty == true)
    }

    @Test func pushesAreReplicated() async throws {
        let ecr = try await ECRFixture()
        try await ecr.push("before", tag: "before")
        func configure(_ region: String, _ account: String) -> AWSObject {
            ["replicationConfiguration": ["rules": [[
                "destinations": [["region": .string(region), "registryId": .string(account)]],
                "repositoryFilters": [["filter": "team", "filterType": "PREFIX_MATCH"]],
            ]]]]
        }
        let own = try await ecr.fault("PutReplicationConfiguration", configure("us-east-1", ECRFixture.account))
        #expect(own.message?.contains("Replication destination cannot be the same as the source registry") == true)
        try await ecr.call("PutReplicationConfiguration", configure("eu-west-1", ECRFixture.account))
        let digest = try await ecr.push("after", tag: "after")
        let status = repositoryInput.with("imageId", ["imageTag": "after"])
        #expect(try await ecr.call("DescribeImageReplicationStatus", status)["replicationStatuses"]?.list?.first?["status"] == "IN_PROGRESS")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        #expect(try await ecr.call("DescribeImageReplicationStatus", status)["replicationStatuses"]?.list?.first?["status"] == "COMPLETE")
        #expect(try await ecr.call("ListImages", repositoryInput, region: "eu-west-1")["imageIds"] == [["imageDigest": .string(digest), "imageTag": "after"]])
        #expect(try ecr.blobCount() == 3)

        try await ecr.call("PutReplicationConfiguration", configure("us-east-1", "111122223333"))
        try await ecr.push("third", tag: "third")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        let third = repositoryInput.with("imageId", ["imageTag": "third"])
        #expect(try await ecr.call("DescribeImageReplicationStatus", third)["replicationStatuses"]?.list?.first?["status"] == "FAILED")
        let policy = #"{"Version":"2012-10-17","Statement":[{"Sid":"r","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["ecr:CreateRepository","ecr:ReplicateImage"],"Resource":"arn:aws:ecr:us-east-1:111122223333:repository/*"}]}"#
        try await ecr.call("PutRegistryPolicy", ["policyText": .string(policy)], account: "111122223333")
        try await ecr.push("fourth", tag: "fourth")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        #expect(try await ecr.call("ListImages", repositoryInput, account: "111122223333").imageTags == ["fourth"])
    }

    @Test func aPullFetchesFromAnotherRegistry() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.push("layer", tag: "1")
        try await ecr.call("CreatePullThroughCacheRule", [
            "ecrRepositoryPrefix": "cache", "upstreamRegistryUrl": "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        ], region: "eu-west-1")
        let token = "Basic " + (try await ecr.password(region: "eu-west-1"))
        func pull(_ reference: String) async throws -> ECRFixture.Answer {
            try await ecr.http("GET", "/v2/cache/team/churn/manifests/\(reference)", authorization: token)
        }
        #expect(try await pull("none").code == "NAME_UNKNOWN")
        #expect(try await pull("1").headers["Docker-Content-Digest"] == digest)
        // A tag that moves upstream is seen a day later.
        let moved = try await ecr.push("newer", tag: "1")
        #expect(try await pull("1").headers["Docker-Content-Digest"] == digest)
        _ = try await ecr.timeline.advance(by: .hours(11))
        #expect(try await pull("1").headers["Docker-Content-Digest"] == digest)
        _ = try await ecr.timeline.advance(by: .hours(13))
        let late = "Basic " + (try await ecr.password(region: "eu-west-1"))
        #expect(try await ecr.http("GET", "/v2/cache/team/churn/manifests/1", authorization: late).headers["Docker-Content-Digest"] == moved)
        let validated = try await ecr.call("ValidatePullThroughCacheRule", ["ecrRepositoryPrefix": "cache"], region: "eu-west-1")
        #expect(validated["isValid"] == true)
    }

    @Test func cacheRulesOfUnknownUpstreamsAreRefused() async throws {
        let ecr = try await ECRFixture()
        func rule(_ url: String) -> AWSObject { ["ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": .string(url)] }
        #expect(try await ecr.fault("CreatePullThroughCacheRule", rule("example.com")).code == "UnsupportedUpstreamRegistryException")
        #expect(try await ecr.fault("CreatePullThroughCacheRule", rule("registry-1.docker.io")).code == "InvalidParameterException")
        let made = try await ecr.call("CreatePullThroughCacheRule", rule("quay.io"))
        #expect(made["upstreamRegistry"] == "quay")
        #expect(try await ecr.fault("CreatePullThroughCacheRule", rule("quay.io")).code == "PullThroughCacheRuleAlreadyExistsException")
        #expect(try await ecr.call("ValidatePullThroughCacheRule", ["ecrRepositoryPrefix": "hub"])["isValid"] == false)
        #expect(try await ecr.http("GET", "/v2/hub/x/manifests/1").code == "NAME_UNKNOWN")
        try await ecr.call("DeletePullThroughCacheRule", ["ecrRepositoryPrefix": "hub"])
        #expect(try await ecr.fault("DeletePullThroughCacheRule", ["ecrRepositoryPrefix": "hub"]).code == "PullThroughCacheRuleNotFoundException")
    }

    @Test func policiesAreCheckedAndKept() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.fault("GetRepositoryPolicy", repositoryInput).message == "Repository policy does not exist for the repository with name 'team/churn' in the registry with id '123456789012'")
        let bad = try await ecr.fault("SetRepositoryPolicy", repositoryInput.with("policyText", "{}"))
        #expect(bad.message == "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'")
        let text: AWSValue = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:*"}]}"#
        try await ecr.call("SetRepositoryPolicy", repositoryInput.with("policyText", text))
        #expect(try await ecr.call("GetRepositoryPolicy", repositoryInput)["policyText"] == text)
        try await ecr.call("DeleteRepositoryPolicy", repositoryInput)
        #expect(try await ecr.fault("DeleteRepositoryPolicy", repositoryInput).code == "RepositoryPolicyNotFoundException")
        #expect(try await ecr.fault("PutRegistryPolicy", ["policyText": text]).message?.contains("Invalid registry policy provided") == true)
        #expect(try await ecr.fault("GetRegistryPolicy", [:]).message == "Registry policy does not exist in the registry with id '123456789012'")
    }

    @Test func tagsOfRepositories() async throws {
        let ecr = try await ECRFixture()
        let arn: AWSObject = ["resourceArn": "arn:aws:ecr:us-east-1:123456789012:repository/team/churn"]
        try await ecr.call("TagResource", arn.with("tags", [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]))
        try await ecr.call("TagResource", arn.with("tags", [["Key": "a", "Value": "3"]]))
        try await ecr.call("UntagResource", arn.with("tagKeys", ["b"]))
        #expect(try await ecr.call("ListTagsForResource", arn)["tags"] == [["Key": "a", "Value": "3"]])
        #expect(try await ecr.fault("TagResource", arn.with("tags", [["Key": "aws:x", "Value": "1"]])).code == "InvalidTagParameterException")
        let many: AWSValue = .list((0..<51).map { ["Key": .string("k\($0)"), "Value": ""] })
        #expect(try await ecr.fault("TagResource", arn.with("tags", many)).code == "TooManyTagsException")
        #expect(try await ecr.fault("ListTagsForResource", ["resourceArn": "x"]).message == "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'")
    }

    @Test func accountSettingsAndExclusions() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.call("GetAccountSetting", ["name": "BLOB_MOUNTING"])["value"] == "DISABLED")
        #expect(try await ecr.fault("PutAccountSetting", ["name": "X", "value": "Y"]).code == "ValidationException")
        #expect(try await ecr.fault("PutAccountSetting", ["name": "BLOB_MOUNTING", "value": "Y"]).code == "ValidationException")
        let principal: AWSObject = ["principalArn": "arn:aws:iam::123456789012:root"]
        try await ecr.call("RegisterPullTimeUpdateExclusion", principal)
        #expect(try await ecr.fault("RegisterPullTimeUpdateExclusion", principal).code == "ExclusionAlreadyExistsException")
        try await ecr.push("layer", tag: "x")
        _ = try await ecr.http("GET", "/v2/team/churn/manifests/x")
        #expect(try await ecr.call("DescribeImages", repositoryInput)["imageDetails"]?.list?.first?["lastRecordedPullTime"] == nil)
        #expect(try await ecr.call("ListPullTimeUpdateExclusions", [:])["pullTimeUpdateExclusions"]?.list?.count == 1)
        try await ecr.call("DeregisterPullTimeUpdateExclusion", principal)
        #expect(try await ecr.fault("DeregisterPullTimeUpdateExclusion", principal).code == "ExclusionNotFoundException")
    }

    @Test func templatesAreKeptAndChanged() async throws {
        let ecr = try await ECRFixture()
        let input: AWSObject = ["prefix": "auto", "appliedFor": ["REPLICATION"], "description": "x"]
        let made = try await ecr.call("CreateRepositoryCreationTemplate", input)["repositoryCreationTemplate"]
        #expect(made?["imageTagMutability"] == "MUTABLE")
        #expect(try await ecr.fault("CreateRepositoryCreationTemplate", input).code == "TemplateAlreadyExistsException")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        let updated = try await ecr.call("UpdateRepositoryCreationTemplate", ["prefix": "auto", "imageTagMutability": "IMMUTABLE"])["repositoryCreationTemplate"]
        #expect(updated?["description"] == "x")
        #expect(updated?["imageTagMutability"] == "IMMUTABLE")
        #expect(updated?["updatedAt"] != updated?["createdAt"])
        #expect(try await ecr.fault("UpdateRepositoryCreationTemplate", ["prefix": "auto", "lifecyclePolicy": "{}"]).code == "InvalidParameterException")
        #expect(try await ecr.call("DescribeRepositoryCreationTemplates", [:])["repositoryCreationTemplates"]?.list?.count == 1)
        try await ecr.call("DeleteRepositoryCreationTemplate", ["prefix": "auto"])
        #expect(try await ecr.fault("DeleteRepositoryCreationTemplate", ["prefix": "auto"]).code == "TemplateNotFoundException")
    }

    @Test func allFiftyEightOperationsAreThere() async throws {
        let ecr = try await ECRFixture()
        let model = try #require(ModelCatalog.shared.model(ECRService.modelID))
        let own = (ecr.service.operations[ECRService.modelID] ?? []).map(\.name)
        #expect(Set(model.operationNames).subtracting(own).sorted() == [])
        #expect(own.count == 58)
    }
}
