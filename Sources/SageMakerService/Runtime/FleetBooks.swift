import HostingRules

/// Where the requests of a fleet are written down: what is counted, and what is captured. Asynchronous requests end also
/// when no machine of their fleet has traffic, so these are known apart from routes.
struct FleetBooks: Sendable {
    let variant: VariantName
    let meter: FleetMeter
    let capture: FleetCapture?

    init(variant: VariantName, meter: FleetMeter, capture: FleetCapture?) {
        self.variant = variant
        self.meter = meter
        self.capture = capture
    }

    init(_ fleet: HostedFleet) { self.init(variant: fleet.variant, meter: fleet.meter, capture: fleet.capture) }
}
