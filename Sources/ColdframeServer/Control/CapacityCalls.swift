import AWSModel
import SageMakerService

/// `/_coldframe/capacity`: how many machines of an instance type there are.
extension ControlAPI {
    func listCapacity(_ call: ControlCall) async throws -> ControlAnswer {
        .json(["capacity": .list(sageMaker.capacity.all.map { show($0.instanceType, $0.instances) })])
    }

    func putCapacity(_ call: ControlCall) async throws -> ControlAnswer {
        let body = try await call.object(allowing: ["instances"])
        let instanceType = try call.name()
        guard let value = body["instances"] else { throw ControlRefusal(400, "instances is required.") }
        guard let instances = value.int else { throw ControlRefusal(400, "instances must be a whole number.") }
        do {
            try await sageMaker.capacity.put(instanceType, instances: instances)
        } catch let rejection as CapacityRejection {
            throw ControlRefusal(400, "\(rejection).")
        }
        return .json(show(instanceType, instances))
    }

    func getCapacity(_ call: ControlCall) async throws -> ControlAnswer {
        let instanceType = try call.name()
        guard let instances = sageMaker.capacity.limit(of: instanceType) else { throw unlimited(instanceType) }
        return .json(show(instanceType, instances))
    }

    func deleteCapacity(_ call: ControlCall) async throws -> ControlAnswer {
        let instanceType = try call.name()
        guard try await sageMaker.capacity.delete(instanceType) else { throw unlimited(instanceType) }
        return .json(["status": "ok"])
    }

    private func unlimited(_ instanceType: String) -> ControlRefusal {
        ControlRefusal(404, "There is no limit on \(instanceType.prefix(80)).")
    }

    private func show(_ instanceType: String, _ instances: Int) -> AWSValue {
        ["instanceType": .string(instanceType), "instances": .integer(Int64(instances))]
    }
}
