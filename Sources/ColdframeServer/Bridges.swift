import CloudWatchService
import DeclaredResources
import ECRService
import LogsService
import MetricRules
import S3Service
import SageMakerService
import Store
import Timeline
import Vocabulary

/// Hosting's observations, booked as CloudWatch metrics.
struct MetricBridge: MetricSink {
    let cloudWatch: CloudWatchService

    func book(_ observations: [MetricObservation]) {
        for (realm, own) in Dictionary(grouping: observations, by: \.realm) {
            cloudWatch.metrics.book(realm, own.map {
                MetricBooking(
                    metric: $0.metric, unit: $0.unit, instant: $0.timestamp, samples: $0.samples,
                    isHighResolution: $0.isHighResolution)
            })
        }
    }
}

/// CloudWatch's alarm states, as hosting asks for them.
struct AlarmBridge: AlarmStates {
    let cloudWatch: CloudWatchService

    func alarmsInAlarm(among names: [String], realm: Realm, in turn: Turn) throws -> [String] {
        let states = try cloudWatch.alarmStates(realm, names, in: turn)
        return names.filter { states[$0] == .alarm }
    }
}

/// The emulated registries, as whoever names container images asks for them.
struct ImageBridge: ImageResolver {
    let ecr: ECRService

    func resolve(_ image: String, in realm: Realm, _ reader: StoreReader) throws -> ImageAnswer {
        switch try ecr.resolve(image, in: realm, reader) {
        case .unknown: .notEmulated
        case .resolved(let resolved): .resolved(resolved)
        case .missing(let reason): .missing(reason: reason)
        }
    }
}

/// What containers print, as CloudWatch Logs keeps it.
struct ContainerLogBridge: ContainerLogSink {
    let logs: LogsService

    func write(_ lines: [ContainerLine]) {
        logs.containerLogs.append(lines.map { line in
            // AWS: doc — spec/hosting.md §D.2.
            ContainerLogLine(
                realm: line.realm, group: "/aws/sagemaker/Endpoints/\(line.endpoint)", stream: line.stream,
                instant: line.instant, message: line.message)
        })
    }
}

/// The objects of the S3 emulation, as hosting reads inputs and writes outputs.
struct ObjectBridge: ObjectExchange {
    let s3: S3Service

    func read(_ uri: String, limitBytes: Int, in turn: Turn) throws -> ObjectReading {
        guard let location = ObjectLocation(uri: uri) else { return .missing }
        do {
            return try s3.readObject(location, limitBytes: limitBytes, in: turn).map { .found($0) } ?? .missing
        } catch is ObjectTooLarge {
            return .tooLarge
        }
    }

    func read(_ uri: String, limitBytes: Int) async throws -> ObjectReading {
        guard let location = ObjectLocation(uri: uri), let object = try s3.readObject(location) else { return .missing }
        guard object.byteCount <= limitBytes else { return .tooLarge }
        return .found(try await object.bytes(limitBytes: limitBytes))
    }

    func write(_ uri: String, _ bytes: [UInt8], contentType: String, in turn: Turn) throws -> Bool {
        guard let location = ObjectLocation(uri: uri) else { return false }
        return try s3.writeObject(location, bytes: bytes, contentType: contentType, in: turn)
    }
}
