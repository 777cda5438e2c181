import AWSModel
import Gateway
import RegistryRules
import SimTime
import Store
import Timeline
import Vocabulary

extension ECRService {
    // AWS: peer — spec/ecr.md §E9.
    private static let scanInterval = SimDuration.hours(24)

    var scanOperations: [Operation] {
        [
            writing("StartImageScan", startImageScan), reading("DescribeImageScanFindings", describeImageScanFindings),
            writing("PutRegistryScanningConfiguration", putRegistryScanningConfiguration),
            reading("GetRegistryScanningConfiguration") { call, reader in
                let registry = try RegistryRecord.load(call.realm, reader)
                return [
                    "registryId": .string(call.realm.account.digits),
                    "scanningConfiguration": .object(registry.scanningConfiguration),
                ]
            },
            reading("BatchGetRepositoryScanningConfiguration", batchGetRepositoryScanningConfiguration),
        ]
    }

    private func startImageScan(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        let repository = try call.repository(turn.transaction)
        var image = try requiredImage(call.imageID, in: repository, turn.transaction)
        guard image.status == .active else {
            throw ECRFault.named("ImageArchived", "The specified image is archived and cannot be scanned.")
        }
        guard try !RegistryRecord.load(repository.realm, turn.transaction).isEnhanced else {
            throw ECRFault.validation("This feature is disabled when registry scanning is set to ENHANCED.")
        }
        if let scan = image.body.scan, turn.now - scan.requested < Self.scanInterval, scan.wasAskedFor {
            throw ECRFault.limitExceeded("The scan quota per image has been exceeded. Wait and try again.")
        }
        try startScan(of: &image, in: repository, turn, wasAskedFor: true)
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageId": ImageID(digest: image.digest.text, tag: call.imageID.tag).output,
            "imageScanStatus": image.body.scan?.statusOutput,
        ]
    }

    private func describeImageScanFindings(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let repository = try call.repository(reader)
        let image = try requiredImage(call.imageID, in: repository, reader)
        guard let scan = image.body.scan else { throw ECRFault.scanNotFound(call.imageID, repository) }
        let start = try call.cursor().map { text in
            guard let start = Int(text), (0...scan.findings.count).contains(start) else { throw PageToken.invalid }
            return start
        } ?? 0
        let page = scan.findings[start...].prefix(call.pageSize())
        return [
            "registryId": .string(repository.registry), "repositoryName": .string(repository.name.text),
            "imageId": ImageID(digest: image.digest.text, tag: call.imageID.tag).output,
            "imageScanStatus": scan.statusOutput,
            "imageScanFindings": scan.findingsOutput(Array(page), of: image, in: repository),
            "nextToken": page.endIndex < scan.findings.endIndex ? call.token(String(page.endIndex)) : nil,
        ]
    }

    // MARK: Configuration

    private func putRegistryScanningConfiguration(_ call: ECRRequest, _ turn: Turn) throws -> AWSObject {
        var registry = try RegistryRecord.load(call.realm, turn.transaction)
        var configuration: AWSObject = [
            "scanType": call["scanType"] ?? .string(registry.scanningConfiguration["scanType"]?.string ?? "BASIC"),
        ]
        let isBasic = configuration["scanType"]?.string == "BASIC"
        let rules = call["rules"]?.list ?? []
        let frequencies = rules.compactMap { $0["scanFrequency"]?.string }
        // AWS: doc — continuous scanning is of the enhanced kind, manual scanning of the basic one.
        if let wrong = frequencies.first(where: { isBasic ? $0 == "CONTINUOUS_SCAN" : $0 == "MANUAL" }) {
            throw ECRFault.invalidParameter("rules", "\(wrong) is not supported for scan type \(isBasic ? "BASIC" : "ENHANCED")")
        }
        guard Set(frequencies).count == frequencies.count else {
            throw ECRFault.invalidParameter("rules", "Scan frequencies must be unique")
        }
        configuration["rules"] = .list(rules)
        registry.scanning = configuration
        try registry.save(call.realm, turn.transaction)
        return ["registryScanningConfiguration": .object(configuration)]
    }

    private func batchGetRepositoryScanningConfiguration(_ call: ECRRequest, _ reader: StoreReader) throws -> AWSObject {
        let registry = try RegistryRecord.load(call.realm, reader)
        var (configurations, failures): ([AWSValue], [AWSValue]) = ([], [])
        for text in (call["repositoryNames"]?.list ?? []).compactMap(\.string) {
            guard let repository = try RepositoryTable.find(try call.name(text), in: call.realm, reader) else {
                failures.append([
                    "repositoryName": .string(text), "failureCode": "REPOSITORY_NOT_FOUND",
                    "failureReason": .string(ECRFault.repositoryNotFound(text, call.realm.account.digits).message ?? ""),
                ])
                continue
            }
            let (frequency, filters) = registry.scanFrequency(of: repository)
            configurations.append([
                "repositoryArn": .string(repository.arn), "repositoryName": .string(text),
                "scanOnPush": .boolean(frequency == "SCAN_ON_PUSH" || frequency == "CONTINUOUS_SCAN"),
                "scanFrequency": .string(frequency), "appliedScanFilters": .list(filters),
            ])
        }
        return ["scanningConfigurations": .list(configurations), "failures": .list(failures)]
    }
}

extension RegistryRecord {
    // AWS: sdk — spec/ecr.md §E9.
    var scanningConfiguration: AWSObject { scanning ?? ["scanType": "BASIC", "rules": []] }

    var isEnhanced: Bool { scanningConfiguration["scanType"]?.string == "ENHANCED" }

    /// How a repository's images are scanned, and the filters that say so: the registry's rules, else the repository's
    /// own setting.
    func scanFrequency(of repository: RepositoryRecord) -> (String, filters: [AWSValue]) {
        let rules = scanningConfiguration["rules"]?.list ?? []
        for frequency in ["CONTINUOUS_SCAN", "SCAN_ON_PUSH"] {
            let filters = rules.filter { $0["scanFrequency"]?.string == frequency }.flatMap { $0["repositoryFilters"]?.list ?? [] }
            let applied = filters.filter { filter in
                let text = filter["filter"]?.string ?? ""
                // AWS: doc — a filter without a wildcard matches names that contain it.
                let pattern = WildcardPattern(text.contains("*") ? text : "*\(text)*")
                return pattern.matches(repository.name.text)
            }
            if !applied.isEmpty { return (frequency, applied) }
        }
        return (repository.body.scansOnPush && !isEnhanced ? "SCAN_ON_PUSH" : "MANUAL", [])
    }
}
