#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The C library's functions of real numbers, which the standard library does not have.
enum RealFunctions {
    static func logarithm(_ value: Double) -> Double { log(value) }
    static func decimalLogarithm(_ value: Double) -> Double { log10(value) }
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
