import AWSModel
import ColdframeTesting
import SimTime
import StudioService
import Testing

@Suite struct StudioImageTests {
    private static let base: AWSValue = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch:2"

    private func image(_ name: String, in studio: StudioHarness, versions: Int = 1) async throws {
        try await studio.call("CreateImage", ["ImageName": .string(name), "RoleArn": StudioHarness.role])
        try await studio.settle()
        for number in 0..<versions {
            try await studio.call("CreateImageVersion", [
                "ImageName": .string(name), "BaseImage": Self.base, "ClientToken": .string("\(name)-\(number)"),
            ])
        }
        try await studio.settle()
    }

    @Test func imagesHaveVersionsThatCountUp() async throws {
        try await StudioHarness.with { studio in
            let name: AWSValue = ["ImageName": "R-4.1"]
            let made = try await studio.call("CreateImage", [
                "ImageName": "R-4.1", "RoleArn": StudioHarness.role, "DisplayName": "R 4.1", "Description": "d",
            ])
            #expect(made["ImageArn"] == "arn:aws:sagemaker:us-east-1:123456789012:image/r-4.1")
            #expect(try await studio.call("DescribeImage", name)["ImageStatus"] == "CREATING")
            let early = try await studio.fault("CreateImageVersion", ["ImageName": "R-4.1", "BaseImage": Self.base, "ClientToken": "a"])
            #expect(early.message == "Image R-4.1 is in an invalid state.")
            try await studio.settle()
            #expect(try await studio.call("DescribeImage", name)["ImageStatus"] == "CREATED")
            let twice = try await studio.fault("CreateImage", ["ImageName": "R-4.1", "RoleArn": StudioHarness.role])
            #expect(twice.message == "The Image with ImageName R-4.1 already exists. Please use a different ImageName.")
            let none = try await studio.fault("DescribeImageVersion", name)
            #expect(none.code == "ResourceNotFound")
            #expect(none.message == "Latest ImageVersion with ImageName R-4.1 does not exist. Please provide a valid ImageName.")

            func version(_ token: String, _ more: AWSObject = [:]) async throws -> AWSValue {
                var input: AWSObject = ["ImageName": "R-4.1", "BaseImage": Self.base, "ClientToken": .string(token)]
                for (member, value) in more.entries { input[member] = value }
                return try await studio.call("CreateImageVersion", .object(input))["ImageVersionArn"] ?? .null
            }
            #expect(try await version("a", ["Aliases": ["stable"], "Processor": "GPU"]) == "arn:aws:sagemaker:us-east-1:123456789012:image-version/r-4.1/1")
            #expect(try await version("a", ["Aliases": ["stable"], "Processor": "GPU"]) == "arn:aws:sagemaker:us-east-1:123456789012:image-version/r-4.1/1")
            #expect(try await version("b") == "arn:aws:sagemaker:us-east-1:123456789012:image-version/r-4.1/2")
            try await studio.settle()
            let first = try await studio.call("DescribeImageVersion", ["ImageName": "R-4.1", "Alias": "stable"])
            #expect(first["Version"] == 1)
            #expect(first["Processor"] == "GPU")
            #expect(first["ContainerImage"]?.string?.hasPrefix("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch@sha256:") == true)

            try await studio.call("UpdateImageVersion", ["ImageName": "R-4.1", "Version": 2, "AliasesToAdd": ["stable", "new"]])
            #expect(try await studio.call("ListAliases", ["ImageName": "R-4.1", "Version": 1])["SageMakerImageVersionAliases"] == [])
            #expect(try await studio.call("ListAliases", name)["SageMakerImageVersionAliases"] == ["new", "stable"])
            #expect(try await studio.call("DescribeImageVersion", ["ImageName": "R-4.1", "Alias": "stable"])["Version"] == 2)
            let both = try await studio.fault("DeleteImageVersion", ["ImageName": "R-4.1", "Alias": "new", "Version": 2])
            #expect(both.message == "Only one of Version or Alias can be specified.")

            try await studio.call("DeleteImageVersion", ["ImageName": "R-4.1", "Alias": "new"])
            try await studio.settle()
            #expect(try await studio.call("DescribeImageVersion", name)["Version"] == 1)
            _ = try await version("c")
            try await studio.settle()
            let versions = try await studio.call("ListImageVersions", ["ImageName": "R-4.1", "SortBy": "VERSION"])
            #expect(versions["ImageVersions"]?.list?.map { $0["Version"] } == [3, 1])

            try await studio.call("UpdateImage", ["ImageName": "R-4.1", "DeleteProperties": ["Description"]])
            #expect(try await studio.call("DescribeImage", name)["ImageStatus"] == "UPDATING")
            try await studio.settle()
            #expect(try await studio.call("DescribeImage", name)["Description"] == nil)
            #expect(try await studio.call("DescribeImage", name)["DisplayName"] == "R 4.1")
            try await studio.call("DeleteImage", name)
            try await studio.settle()
            let gone = try await studio.fault("DescribeImage", name)
            #expect(gone.code == "ResourceNotFound")
            #expect(gone.message == "The Image with ImageName R-4.1 does not exist. Please provide a valid ImageName.")
            #expect(try await studio.fault("ListImageVersions", name).code == "ResourceNotFound")
        }
    }

    @Test func aMissingTagFailsWithItsReason() async throws {
        try await StudioHarness.with { studio in
            _ = try await studio.coldframe.call(service: "ecr", operation: "CreateRepository", input: ["repositoryName": "mine"])
            try await studio.call("CreateImage", ["ImageName": "mine", "RoleArn": StudioHarness.role])
            try await studio.settle()
            let base = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:none"
            try await studio.call("CreateImageVersion", ["ImageName": "mine", "BaseImage": .string(base), "ClientToken": "a"])
            try await studio.settle()
            let version = try await studio.call("DescribeImageVersion", ["ImageName": "mine", "Version": 1])
            #expect(version["ImageVersionStatus"] == "CREATE_FAILED")
            #expect(version["FailureReason"] == .string("Requested image \(base) not found."))
            #expect(version["ContainerImage"] == nil)
        }
    }

    @Test func imagesAreAttachedAndDetachedByUpdateDomain() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await image("one", in: studio, versions: 2)
            try await image("two", in: studio)
            for name in ["one", "two"] {
                try await studio.call("CreateAppImageConfig", ["AppImageConfigName": .string(name + "-config")])
            }
            let again = try await studio.fault("CreateAppImageConfig", ["AppImageConfigName": "one-config"])
            #expect(again.code == "ResourceInUse")
            #expect(again.message == "The ID or Name specified is already in use.")
            func attach(_ images: [AWSValue]) async throws {
                try await studio.call("UpdateDomain", [
                    "DomainId": .string(id),
                    "DefaultUserSettings": ["KernelGatewayAppSettings": ["CustomImages": .list(images)]],
                ])
                try await studio.settle()
            }
            func entry(_ name: String, version: Int64? = nil) -> AWSValue {
                ["ImageName": .string(name), "ImageVersionNumber": version.map { .integer($0) },
                 "AppImageConfigName": .string(name + "-config")]
            }
            try await attach([entry("one", version: 1), entry("two")])
            try await attach([entry("one", version: 1)])
            let settings = try await studio.call("DescribeDomain", ["DomainId": .string(id)])["DefaultUserSettings"]
            #expect(settings?["KernelGatewayAppSettings"]?["CustomImages"] == [entry("one", version: 1)])
            #expect(settings?["ExecutionRole"] == StudioHarness.role)
            for (images, message) in [
                ([entry("none")], "Image [none] does not exist."),
                ([["ImageName": "one", "AppImageConfigName": "x"]], "AppImageConfig [x] does not exist."),
                ([entry("one"), entry("one", version: 2)], "Image [one] is listed more than once in KernelGatewayAppSettings."),
                ([entry("one", version: 9)], "ImageVersion [9] of Image [one] does not exist."),
            ] as [([AWSValue], String)] {
                do {
                    try await attach(images)
                    Issue.record("accepted: \(message)")
                } catch let fault as CallFault {
                    #expect(fault.message == message)
                }
            }

            try await studio.profile("alice", of: id)
            func kernel(_ image: String) -> AWSValue {
                ["DomainId": .string(id), "UserProfileName": "alice", "AppType": "KernelGateway", "AppName": .string("k-" + image),
                 "ResourceSpec": [
                     "InstanceType": "ml.t3.medium",
                     "SageMakerImageArn": .string("arn:aws:sagemaker:us-east-1:123456789012:image/\(image)"),
                 ]]
            }
            try await studio.call("CreateApp", kernel("one"))
            let spec = try await studio.call("ListApps")["Apps"]?.list?.first?["ResourceSpec"]
            #expect(spec?["SageMakerImageVersionArn"] == "arn:aws:sagemaker:us-east-1:123456789012:image-version/one/1")
            let detached = try await studio.fault("CreateApp", kernel("two"))
            #expect(detached.code == "ResourceNotFound")
            #expect(detached.message == "Unable to launch App [arn:aws:sagemaker:us-east-1:123456789012:app/\(id)/alice/kernelgateway/k-two] with Image [two] because it is not present in list of custom images in AppSettings. Please update AppSettings to add Image [two] in list of custom images.")

            #expect(try await studio.fault("DeleteImage", ["ImageName": "one"]).code == "ResourceInUse")
            try await studio.call("DeleteAppImageConfig", ["AppImageConfigName": "one-config"])
            try await attach([])
            try await studio.call("DeleteImage", ["ImageName": "one"])
        }
    }

    @Test func fileSystemsOfImageConfigsHaveTwoOwners() async throws {
        try await StudioHarness.with { studio in
            func config(_ name: String, _ uid: Int64?, _ gid: Int64?) -> AWSValue {
                ["AppImageConfigName": .string(name), "KernelGatewayImageConfig": [
                    "KernelSpecs": [["Name": "python3"]],
                    "FileSystemConfig": ["DefaultUid": uid.map { .integer($0) }, "DefaultGid": gid.map { .integer($0) }],
                ]]
            }
            try await studio.call("CreateAppImageConfig", config("a", 0, 0))
            try await studio.call("CreateAppImageConfig", config("b", 1000, nil))
            #expect(try await studio.fault("CreateAppImageConfig", config("c", 0, nil)).code == "ValidationException")
            let shown = try await studio.call("DescribeAppImageConfig", ["AppImageConfigName": "b"])
            #expect(shown["KernelGatewayImageConfig"]?["FileSystemConfig"] == ["DefaultUid": 1000])
            #expect(shown["LastModifiedTime"] == shown["CreationTime"])
            try await studio.settle()
            try await studio.call("UpdateAppImageConfig", ["AppImageConfigName": "b", "JupyterLabAppImageConfig": [:]])
            let changed = try await studio.call("DescribeAppImageConfig", ["AppImageConfigName": "b"])
            #expect(changed["LastModifiedTime"] != changed["CreationTime"])
            #expect(changed["JupyterLabAppImageConfig"] != nil)
            #expect(try await studio.call("ListAppImageConfigs", ["NameContains": "B"])["AppImageConfigs"]?.list?.count == 1)
            #expect(try await studio.fault("DeleteAppImageConfig", ["AppImageConfigName": "z"]).message == "AppImageConfig [z] does not exist.")
        }
    }

    @Test func aScriptInUseStays() async throws {
        try await StudioHarness.with { studio in
            let bad = try await studio.fault("CreateStudioLifecycleConfig", [
                "StudioLifecycleConfigName": "s", "StudioLifecycleConfigContent": "not base64!", "StudioLifecycleConfigAppType": "JupyterLab",
            ])
            #expect(bad.code == "ValidationException")
            let made = try await studio.call("CreateStudioLifecycleConfig", [
                "StudioLifecycleConfigName": "s", "StudioLifecycleConfigContent": "ZWNobw==", "StudioLifecycleConfigAppType": "JupyterLab",
            ])
            let arn = try #require(made["StudioLifecycleConfigArn"])
            let id = try await studio.domain(["DefaultUserSettings": [
                "ExecutionRole": StudioHarness.role, "JupyterLabAppSettings": ["LifecycleConfigArns": [arn]],
            ]])
            #expect(try await studio.fault("DeleteStudioLifecycleConfig", ["StudioLifecycleConfigName": "s"]).code == "ResourceInUse")
            try await studio.call("UpdateDomain", [
                "DomainId": .string(id), "DefaultUserSettings": ["JupyterLabAppSettings": ["LifecycleConfigArns": []]],
            ])
            try await studio.call("DeleteStudioLifecycleConfig", ["StudioLifecycleConfigName": "s"])
            #expect(try await studio.call("ListStudioLifecycleConfigs", ["AppTypeEquals": "JupyterLab"])["StudioLifecycleConfigs"] == [])
        }
    }

    @Test func notebookInstancesAreStoppedBeforeTheyAreDeleted() async throws {
        try await StudioHarness.with { studio in
            let name: AWSValue = ["NotebookInstanceName": "nb"]
            try await studio.call("CreateNotebookInstanceLifecycleConfig", [
                "NotebookInstanceLifecycleConfigName": "hooks", "OnStart": [["Content": "ZWNobw=="]],
            ])
            try await studio.call("CreateNotebookInstance", [
                "NotebookInstanceName": "nb", "InstanceType": "ml.t3.medium", "RoleArn": StudioHarness.role, "LifecycleConfigName": "hooks",
            ])
            #expect(try await studio.call("DescribeNotebookInstance", name)["NotebookInstanceStatus"] == "Pending")
            try await studio.settle()
            let notebook = try await studio.call("DescribeNotebookInstance", name)
            #expect(notebook["NotebookInstanceStatus"] == "InService")
            #expect(notebook["Url"] == "nb.notebook.us-east-1.sagemaker.aws")
            #expect(notebook["VolumeSizeInGB"] == 5)
            #expect(notebook["NotebookInstanceLifecycleConfigName"] == "hooks")
            let refused = try await studio.fault("DeleteNotebookInstance", name)
            #expect(refused.code == "ValidationException")
            #expect(refused.message == "Status (InService) not in ([Stopped, Failed]). Unable to transition to (Deleting) for Notebook Instance (arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/nb)")
            #expect(try await studio.fault("DeleteNotebookInstanceLifecycleConfig", ["NotebookInstanceLifecycleConfigName": "hooks"]).code == "ValidationException")
            try await studio.call("StopNotebookInstance", name)
            try await studio.settle()
            try await studio.call("UpdateNotebookInstance", [
                "NotebookInstanceName": "nb", "InstanceType": "ml.m5.xlarge", "DisassociateLifecycleConfig": true,
            ])
            #expect(try await studio.call("DescribeNotebookInstance", name)["NotebookInstanceStatus"] == "Updating")
            try await studio.settle()
            let updated = try await studio.call("DescribeNotebookInstance", name)
            #expect(updated["InstanceType"] == "ml.m5.xlarge")
            #expect(updated["NotebookInstanceLifecycleConfigName"] == nil)
            try await studio.call("UpdateNotebookInstanceLifecycleConfig", ["NotebookInstanceLifecycleConfigName": "hooks", "OnCreate": []])
            try await studio.call("DeleteNotebookInstanceLifecycleConfig", ["NotebookInstanceLifecycleConfigName": "hooks"])
            try await studio.call("StartNotebookInstance", name)
            try await studio.settle()
            #expect(try await studio.call("ListNotebookInstances", ["StatusEquals": "InService"])["NotebookInstances"]?.list?.count == 1)
            try await studio.call("StopNotebookInstance", name)
            try await studio.settle()
            try await studio.call("DeleteNotebookInstance", name)
            try await studio.settle()
            #expect(try await studio.fault("DescribeNotebookInstance", name).message == "RecordNotFound")
        }
    }
}
