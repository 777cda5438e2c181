import AWSModel
import SimTime

/// What happens at an instant, as calls of AWS's APIs and of the control API.
extension ScenarioRunner {
    static func endpoint(of action: Scenario.Action) -> String? {
        switch action {
        case .update(let update): update.endpoint
        case .weights(let endpoint, _), .instances(let endpoint, _), .delete(let endpoint): endpoint
        case .load(let load): load.endpoint
        case .concurrency(let endpoint, _): endpoint
        case .invoke(let invocation): invocation.endpoint
        case .expect(let expectation): expectation.endpoint
        case .scaling(let scaling): Self.endpoint(of: scaling)
        case .component(.create(let component)): component.endpoint
        case .component, .behavior, .removeBehavior, .setAlarm, .capacity, .putObject, .removeObject, .deleteConfig,
            .deleteModel: nil
        }
    }

    private static func endpoint(of action: Scenario.ScalingAction) -> String? {
        let target =
            switch action {
            case .register(let target, _, _), .deregister(let target): target
            case .tracking(let policy): policy.target
            case .step(let policy): policy.target
            case .scheduled(let action): action.target
            }
        switch target {
        case .instances(let endpoint, _), .provisionedConcurrency(let endpoint, _): return endpoint
        case .copies: return nil
        }
    }

    mutating func perform(_ action: Scenario.Action) async throws {
        switch action {
        case .update(let update):
            try await sageMaker("UpdateEndpoint", ScenarioCalls.update(update))
            // A retained configuration rolls on if the last one did.
            if !update.retainsDeploymentConfig { rolling.remove(update.endpoint) }
            if case .rolling = update.policy { rolling.insert(update.endpoint) }
        case .weights(let endpoint, let weights):
            try await sageMaker("UpdateEndpointWeightsAndCapacities", ScenarioCalls.weights(endpoint, weights))
        case .instances(let endpoint, let counts):
            try await sageMaker("UpdateEndpointWeightsAndCapacities", ScenarioCalls.instances(endpoint, counts))
        case .behavior(let behavior):
            try await coldframe.setBehavior(behavior.name, ScenarioCalls.behavior(behavior))
        case .removeBehavior(let name): try await coldframe.removeBehavior(name)
        case .setAlarm(let name, let state):
            try await cloudWatch("SetAlarmState", [
                "AlarmName": .string(name), "StateValue": .string(state), "StateReason": "set by the scenario",
            ])
        case .load(let load):
            try await coldframe.setTraffic(
                endpoint: load.endpoint, requestsPerSecond: load.rate, seed: load.seed ?? seed,
                inferenceComponent: load.component)
        case .capacity(let capacity): try await set(capacity)
        case .delete(let endpoint): try await sageMaker("DeleteEndpoint", ["EndpointName": .string(endpoint)])
        case .concurrency(let endpoint, let changes):
            try await sageMaker("UpdateEndpointWeightsAndCapacities", ScenarioCalls.concurrency(endpoint, changes))
        case .putObject(let object): try await put(object)
        case .removeObject(let uri): try await removeObject(uri)
        case .component(let action): try await perform(action)
        case .scaling(let action): try await perform(action)
        case .deleteConfig(let name):
            try await sageMaker("DeleteEndpointConfig", ["EndpointConfigName": .string(name)])
        case .deleteModel(let name): try await sageMaker("DeleteModel", ["ModelName": .string(name)])
        case .invoke, .expect: break
        }
    }

    func set(_ capacity: Scenario.Capacity) async throws {
        if let instances = capacity.instances {
            try await coldframe.setCapacity(capacity.instanceType, instances: instances)
        } else {
            try await coldframe.removeCapacity(capacity.instanceType)
        }
    }

    // MARK: Inference components

    private mutating func perform(_ action: Scenario.ComponentAction) async throws {
        switch action {
        case .create(let component):
            try await sageMaker("CreateInferenceComponent", ScenarioCalls.create(component))
            specifications[component.name] = component.specification
        case .update(let update):
            try await sageMaker(
                "UpdateInferenceComponent", ScenarioCalls.update(update, former: specifications[update.name]))
            let own = update.specification
            if own.image != nil || own.model != nil { specifications[update.name] = own }
        case .copies(let counts):
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                try await sageMaker("UpdateInferenceComponentRuntimeConfig", ScenarioCalls.copies(name, count))
            }
        case .delete(let name):
            try await sageMaker("DeleteInferenceComponent", ["InferenceComponentName": .string(name)])
        }
    }

    // MARK: Auto scaling

    private func perform(_ action: Scenario.ScalingAction) async throws {
        switch action {
        case .register(let target, let minimum, let maximum):
            try await autoScaling(
                "RegisterScalableTarget", ScenarioCalls.registration(target, minimum: minimum, maximum: maximum))
        case .deregister(let target):
            try await autoScaling("DeregisterScalableTarget", .object(ScenarioCalls.target(target)))
        case .tracking(let policy): try await autoScaling("PutScalingPolicy", ScenarioCalls.tracking(policy))
        case .step(let policy):
            guard let alarm = scenario.alarms.first(where: { $0.name == policy.alarm }) else { return }
            let isBelow = alarm.comparison.hasPrefix("LessThan")
            let answer = try await autoScaling("PutScalingPolicy", ScenarioCalls.step(policy, isBelow: isBelow))
            // As with AWS, it is the alarm that names the policy.
            let actions = [answer["PolicyARN"]?.string].compactMap(\.self)
            try await cloudWatch("PutMetricAlarm", ScenarioCalls.alarm(alarm, actions: actions))
        case .scheduled(let action):
            try await autoScaling("PutScheduledAction", ScenarioCalls.scheduled(action, origin: origin))
        }
    }

    @discardableResult
    func autoScaling(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await coldframe.call(service: "application-autoscaling", operation: operation, input: input)
    }
}
