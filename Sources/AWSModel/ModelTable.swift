/// Reads the compact tables that Scripts/import-models writes.
///
/// A table is lines of UTF-8:
///
///     coldframe-model 1 botocore <version>
///     <id> TAB <signing name> TAB <target prefix> TAB <API version> TAB <JSON version> TAB <XML namespace>
///         TAB <protocols, parted by commas> TAB <Q when Query-compatible>             (one line)
///     <number of strings> <number of shapes> <number of operations>
///     each string on its own line; everything below names strings and shapes by index
///     each shape on one line, a structure's members on the lines that follow it
///     each operation on one line
///
/// Shape and operation lines are tokens: a letter, often with a number. What the letters mean is what the
/// functions below do with them.
package enum ModelTable {
    /// What a table says of its service before its shapes.
    package struct Header: Sendable, Equatable {
        package var id: ServiceID
        package var signingName: String
        package var targetPrefix: String?
        package var apiVersion: String
        package var jsonVersion: String?
        package var xmlNamespace: String?
        package var protocols: [WireProtocol]
        package var isQueryCompatible: Bool
        /// The botocore release the table was made from.
        package var botocoreVersion: String
    }

    /// Reads only the first two lines: cheap enough for every table at start.
    package static func header(of table: UnsafeBufferPointer<UInt8>) throws(TableDefect) -> Header {
        var scanner = TableScanner(table)
        return try header(from: &scanner)
    }

    /// Reads a whole table. Throws `TableDefect` for damaged bytes; never traps.
    package static func parse(_ table: UnsafeBufferPointer<UInt8>) throws(TableDefect) -> ServiceModel {
        var scanner = TableScanner(table)
        let header = try header(from: &scanner)
        var parser = try TableParser(scanner: scanner)
        let shapes = try parser.shapes()
        let operations = try parser.operations()
        return ServiceModel(
            id: header.id, signingName: header.signingName, targetPrefix: header.targetPrefix,
            apiVersion: header.apiVersion, jsonVersion: header.jsonVersion, xmlNamespace: header.xmlNamespace,
            protocols: header.protocols, isQueryCompatible: header.isQueryCompatible,
            operations: operations, shapes: shapes)
    }

    private static func header(from scanner: inout TableScanner) throws(TableDefect) -> Header {
        let title = String(decoding: try scanner.line(), as: UTF8.self)
        let prefix = "coldframe-model 1 botocore "
        guard title.hasPrefix(prefix) else { throw scanner.defect("not a version 1 model table") }
        let fields = String(decoding: try scanner.line(), as: UTF8.self)
            .split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 8, !fields[0].isEmpty else { throw scanner.defect("the service line needs 8 fields") }
        var protocols: [WireProtocol] = []
        for name in fields[6].split(separator: ",") {
            guard let known = WireProtocol(rawValue: String(name)) else {
                throw scanner.defect("unknown protocol \(name)")
            }
            protocols.append(known)
        }
        func optional(_ index: Int) -> String? { fields[index].isEmpty ? nil : fields[index] }
        return Header(
            id: ServiceID(fields[0]), signingName: fields[1], targetPrefix: optional(2), apiVersion: fields[3],
            jsonVersion: optional(4), xmlNamespace: optional(5), protocols: protocols,
            isQueryCompatible: fields[7] == "Q", botocoreVersion: String(title.dropFirst(prefix.count)))
    }
}
