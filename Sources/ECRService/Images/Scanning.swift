import AWSModel
import AWSProtocols
import Foundation
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

/// The state of an image's scan, with its findings once it is complete.
struct ScanRecord: Codable, Sendable, Equatable {
    struct Finding: Codable, Sendable, Equatable {
        var name: String
        var severity: String
        var description: String?
        var uri: String?
        var attributes: [ResourceTag]
    }

    var status: String
    var description: String?
    var requested: SimInstant
    var completed: SimInstant?
    /// By StartImageScan, which is limited, and not by a push.
    var wasAskedFor = false
    var isEnhanced = false
    var findings: [Finding] = []

    var statusOutput: AWSValue { ["status": .string(status), "description": description.map { .string($0) }] }

    private var severityCounts: AWSValue {
        var object = AWSObject()
        for severity in ScanRule.Severity.allCases {
            let count = findings.count { $0.severity == severity.rawValue }
            if count > 0 { object.append(severity.rawValue, .integer(Int64(count))) }
        }
        return .object(object)
    }

    /// Nil before the scan is complete.
    var summaryOutput: AWSValue? {
        completed.map { completed in
            [
                "imageScanCompletedAt": .timestamp(completed), "vulnerabilitySourceUpdatedAt": .timestamp(completed),
                "findingSeverityCounts": severityCounts,
            ]
        }
    }

    // AWS: doc/sdk — spec/ecr.md §E9.
    func findingsOutput(_ page: [Finding], of image: ImageRecord, in repository: RepositoryRecord) -> AWSValue? {
        guard case .object(var output)? = summaryOutput else { return nil }
        if isEnhanced {
            output["enhancedFindings"] = .list(page.map { enhanced($0, of: image, in: repository) })
        } else {
            output["findings"] = .list(page.map { finding in
                [
                    "name": .string(finding.name), "description": finding.description.map { .string($0) },
                    "uri": finding.uri.map { .string($0) }, "severity": .string(finding.severity),
                    "attributes": .list(finding.attributes.map { ["key": .string($0.key), "value": .string($0.value)] }),
                ]
            })
        }
        return .object(output)
    }

    private func enhanced(_ finding: Finding, of image: ImageRecord, in repository: RepositoryRecord) -> AWSValue {
        func attribute(_ key: String) -> AWSValue? {
            finding.attributes.first { $0.key == key }.map { .string($0.value) }
        }
        let found = AWSValue.timestamp(completed ?? requested)
        let arn = ARN(
            service: "inspector2", realm: repository.realm, resource: "finding/\(image.digest.text.suffix(16))-\(finding.name)")
        return [
            "awsAccountId": .string(repository.registry), "description": finding.description.map { .string($0) },
            "findingArn": .string(arn.description), "firstObservedAt": found, "lastObservedAt": found, "updatedAt": found,
            "packageVulnerabilityDetails": [
                "vulnerabilityId": .string(finding.name), "sourceUrl": finding.uri.map { .string($0) },
                "vendorSeverity": .string(finding.severity),
                "vulnerablePackages": [["name": attribute("package_name"), "version": attribute("package_version")]],
            ],
            "resources": [[
                "id": .string("\(repository.arn)/\(image.digest)"), "type": "AWS_ECR_CONTAINER_IMAGE",
                "details": ["awsEcrContainerImage": [
                    "imageHash": .string(image.digest.text), "pushedAt": .timestamp(image.pushed),
                    "registry": .string(repository.registry), "repositoryName": .string(repository.name.text),
                ]],
            ]],
            "severity": .string(finding.severity), "status": "ACTIVE", "title": .string(finding.name),
            "type": "PACKAGE_VULNERABILITY",
        ]
    }
}

extension ECRService {
    private static let scanRulesBytesMax = 4 << 20

    /// Scans a fresh image if the repository or the registry asks for it.
    func startScanOfPush(_ image: ImageRecord, in repository: RepositoryRecord, _ turn: Turn) throws {
        let registry = try RegistryRecord.load(repository.realm, turn.transaction)
        guard registry.scanFrequency(of: repository).0 != "MANUAL" else { return }
        var image = image
        try startScan(of: &image, in: repository, turn, wasAskedFor: false)
    }

    func startScan(of image: inout ImageRecord, in repository: RepositoryRecord, _ turn: Turn, wasAskedFor: Bool) throws {
        let isEnhanced = try RegistryRecord.load(repository.realm, turn.transaction).isEnhanced
        var scan = ScanRecord(
            status: isEnhanced ? "PENDING" : "IN_PROGRESS", requested: turn.now, wasAskedFor: wasAskedFor,
            isEnhanced: isEnhanced)
        // AWS: inferred — spec/ecr.md §E9: an index is not scanned, nor an artifact that is no image.
        if !image.isContainerImage {
            scan.status = "UNSUPPORTED_IMAGE"
            scan.description = "The operating system and/or package manager are not supported."
        } else {
            try turn.arm(
                TimerID(kind: TimerKind.scan, owner: repository.timerOwner, name: String(image.id)),
                at: turn.now + settings.scanDuration)
        }
        image.body.scan = scan
        try ImageTable.update(image, turn.transaction)
    }

    /// Ends a scan with the findings of the rule file. A file that cannot be read fails the scan and says why.
    func finishScan(_ turn: Turn, _ timer: TimerID) throws {
        guard let id = Int64(timer.name), var image = try ImageTable.find(id: id, turn.transaction), var scan = image.body.scan,
              scan.completed == nil, let repository = try RepositoryTable.find(id: image.repository, turn.transaction)
        else { return }
        do {
            let tags = try ImageTable.tags(of: image, turn.transaction)
            scan.findings = try scanRules().filter { rule in
                rule.applies(repository: repository.name.text, tags: tags, digest: image.digest.text)
            }.map { rule in
                ScanRecord.Finding(
                    name: rule.name, severity: rule.severity.rawValue, description: rule.description, uri: rule.uri,
                    attributes: rule.attributes.map { ResourceTag(key: $0.key, value: $0.value) })
            }
            scan.status = scan.isEnhanced ? "ACTIVE" : "COMPLETE"
            scan.description = scan.isEnhanced
                ? "Continuous scan is selected for image." : "The scan was completed successfully."
            scan.completed = turn.now
        } catch let flaw as ScanRule.Flaw {
            scan.status = "FAILED"
            scan.description = "Coldframe's scan rules cannot be read: \(flaw.reason)"
        }
        image.body.scan = scan
        try ImageTable.update(image, turn.transaction)
    }

    /// The rules of the file. The one in the data folder may be missing, and there are none; one that was named may not.
    /// Throws `ScanRule.Flaw`.
    private func scanRules() throws(ScanRule.Flaw) -> [ScanRule] {
        let path = settings.scanRulesPath ?? store.folder + "/ecr-scan-rules.json"
        guard let data = FileManager.default.contents(atPath: path) else {
            if settings.scanRulesPath == nil { return [] }
            throw ScanRule.Flaw(reason: "\(path) is no file that can be read")
        }
        guard data.count <= Self.scanRulesBytesMax, let document = DocumentValue(parsing: Array(data)) else {
            throw ScanRule.Flaw(reason: "\(path) is not JSON of at most 4 MiB")
        }
        return try ScanRule.rules(document)
    }
}
