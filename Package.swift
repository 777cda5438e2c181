// swift-tools-version: 6.2
// One package, layered: an arrow between targets only ever points down (ARCHITECTURE.md).
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let rsa = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let system = Target.Dependency.product(
    name: "SystemPackage", package: "swift-system", condition: .when(platforms: [.linux]))
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// The archive, not the shared library: it costs no time at start, and needs nothing beside the binary. Where there is none,
/// `COLDFRAME_LIBCRYPTO=crypto` takes the shared one.
let libcrypto = Context.environment["COLDFRAME_LIBCRYPTO"] ?? ":libcrypto.a"

let package = Package(
    name: "coldframe",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "coldframe", targets: ["coldframe"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // 0 words
        layer("Vocabulary", []),
        layer("SimTime", []),
        // 1 rules: pure value types, no I/O, no clock, no unseeded chance, no Foundation
        layer("HostingRules", ["Vocabulary", "SimTime"]),
        layer("MetricRules", ["Vocabulary", "SimTime"]),
        layer("RegistryRules", ["Vocabulary", "SimTime"]),
        layer("PolicyRules", ["Vocabulary", "SimTime"]),
        layer("ScalingRules", ["SimTime"]),
        layer("IdentityRules", ["SimTime"]),
        layer("WorkspaceRules", ["SimTime"]),
        // 2 means
        .target(name: "CPlatform"),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary(libcrypto, .when(platforms: [.linux]))]),
        layer("HTTPServer", ["CPlatform", "CZlib", logging]),
        layer("Outbound", ["CPlatform", "HTTPServer", subprocess, system]),
        layer("Store", ["Vocabulary", "SimTime", grdb]),
        layer("BlobStore", ["Vocabulary", crypto]),
        layer("TokenCrypto", ["Vocabulary", "COpenSSL", crypto, rsa]),
        layer("Timeline", ["Vocabulary", "SimTime", "Store", logging]),
        // 3 wire
        .target(name: "CModelTables", exclude: ["tables"]),
        layer("AWSModel", ["CModelTables", "Vocabulary", "SimTime"]),
        layer("AWSProtocols", ["AWSModel", "Vocabulary", "SimTime", "HTTPServer"]),
        layer("Gateway", ["PolicyRules", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "HTTPServer", logging]),
        // 4 services
        layer("DeclaredResources", ["Gateway", "AWSModel", "Vocabulary", "SimTime", "Store", "Timeline"]),
        layer("SageMakerService", ["Outbound", 
            "DeclaredResources",
            "HostingRules",
            "MetricRules",
            "Gateway",
            "AWSModel",
            "AWSProtocols",
            "Vocabulary",
            "SimTime",
            "HTTPServer",
            "Store",
            "Timeline",
            crypto,
            logging,
        ]),
        layer("StudioService", [
            "DeclaredResources",
            "WorkspaceRules",
            "TokenCrypto",
            "Gateway",
            "AWSModel",
            "AWSProtocols",
            "Vocabulary",
            "SimTime",
            "HTTPServer",
            "Store",
            "Timeline",
            crypto,
            logging,
        ]),
        layer("CloudWatchService", ["MetricRules", "Gateway", "AWSModel", "Vocabulary", "SimTime", "HTTPServer", "Store", "Timeline", crypto, logging, .product(name: "DequeModule", package: "swift-collections")]),
        layer("ScalingService", ["ScalingRules", "Gateway", "AWSModel", "Vocabulary", "SimTime", "Store", "Timeline"]),
        layer("LogsService", ["Gateway", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "Store", "Timeline", logging]),
        layer("S3Service", ["PolicyRules", "Gateway", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "HTTPServer", "Store", "Timeline", "BlobStore", crypto]),
        layer("ECRService", ["PolicyRules", "RegistryRules", "TokenCrypto", "Outbound", "Gateway", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "HTTPServer", "Store", "Timeline", "BlobStore", crypto, logging]),
        layer("IdentityService", ["PolicyRules", "Gateway", "AWSModel", "Vocabulary", "SimTime", "HTTPServer", "Store", "Timeline"]),
        layer("CognitoService", ["IdentityRules", "TokenCrypto", "Outbound", "Gateway", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "HTTPServer", "Store", "Timeline"]),
        layer("APIGatewayService", [
            "PolicyRules",
            "Gateway",
            "AWSModel",
            "AWSProtocols",
            "Vocabulary",
            "SimTime",
            "HTTPServer",
            "Store",
            "Timeline",
            logging,
        ]),
        layer("AccessControl", ["PolicyRules", "Gateway", "AWSModel", "AWSProtocols", "Vocabulary", "SimTime", "HTTPServer", "Timeline", logging]),
        // 5 whole
        layer("ColdframeServer", [
            "StudioService",
            "WorkspaceRules",
            "APIGatewayService",
            "AccessControl",
            "PolicyRules",
            "ScalingRules",
            "ScalingService",
            "Outbound",
            "CognitoService",
            "LogsService",
            "ECRService",
            "DeclaredResources",
            "SageMakerService",
            "CloudWatchService",
            "S3Service",
            "IdentityService",
            "Gateway",
            "AWSModel",
            "AWSProtocols",
            "HostingRules",
            "MetricRules",
            "Vocabulary",
            "SimTime",
            "HTTPServer",
            "Store",
            "Timeline",
            "BlobStore",
            logging,
            .product(name: "Yams", package: "Yams"),
        ]),
        layer("ColdframeTesting", [
            "Outbound",
            "ColdframeServer",
            "SageMakerService",
            "HostingRules",
            "Gateway",
            "Timeline",
            "Store",
            "HTTPServer",
            "AWSProtocols",
            "AWSModel",
            "SimTime",
            "Vocabulary",
            "CPlatform",
        ]),
        .executableTarget(
            name: "coldframe",
            dependencies: ["Vocabulary", "Outbound", "ColdframeServer", "ColdframeTesting", "HTTPServer", "AWSProtocols", "AWSModel", "SimTime", "Timeline", "CPlatform", logging, .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        // tests mirror Sources
        tests("VocabularyTests", ["Vocabulary", "SimTime"]),
        tests("HostingRulesTests", ["HostingRules", "SimTime", "Vocabulary"]),
        tests("PolicyRulesTests", ["PolicyRules", "SimTime", "Vocabulary"], exclude: ["differential"]),
        tests("RegistryRulesTests", ["RegistryRules", "SimTime", "Vocabulary"]),
        tests("MetricRulesTests", ["MetricRules", "SimTime", "Vocabulary"], exclude: ["vectors"]),
        tests("ScalingRulesTests", ["ScalingRules", "SimTime"]),
        tests("IdentityRulesTests", ["IdentityRules", "SimTime"]),
        tests("WorkspaceRulesTests", ["WorkspaceRules", "SimTime"]),
        tests("HTTPServerTests", ["HTTPServer", "CPlatform"]),
        tests("OutboundTests", ["Outbound", "HTTPServer", logging]),
        tests("TokenCryptoTests", ["TokenCrypto", crypto, rsa]),
        tests("StoreTests", ["Store", "Timeline", "BlobStore", "SimTime", "Vocabulary", logging]),
        tests("AWSModelTests", ["AWSModel", "SimTime", "Vocabulary"]),
        tests("AWSProtocolsTests", ["AWSProtocols", "AWSModel", "HTTPServer", "SimTime", "Vocabulary"], exclude: ["vectors"]),
        tests("ServiceTests", [
            "StudioService",
            "WorkspaceRules",
            "APIGatewayService",
            "AccessControl",
            "PolicyRules",
            "Outbound",
            "CognitoService",
            "LogsService",
            "TokenCrypto",
            "ECRService",
            "RegistryRules",
            "ColdframeServer",
            "ColdframeTesting",
            "AWSProtocols",
            "SageMakerService",
            "CloudWatchService",
            "S3Service",
            "IdentityService",
            "Gateway",
            "AWSModel",
            "HTTPServer",
            "Store",
            "Timeline",
            "BlobStore",
            "MetricRules",
            "SimTime",
            "Vocabulary",
            crypto,
            logging,
        ]),
    ],
    swiftLanguageModes: [.v6]
)
