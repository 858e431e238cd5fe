package import LarderModel

/// Builds the Prometheus text format, version 0.0.4.
package struct MetricsText {
    package private(set) var text = ""

    package init() {}

    package mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    package mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(number)\n"
    }

    package mutating func counter(_ name: String, _ help: String, _ value: Int64) {
        family(name, "counter", help)
        sample(name, [], Double(value))
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        family(name, "gauge", help)
        sample(name, [], value)
    }

    package mutating func histogram(_ name: String, _ labels: [(String, String)] = [], _ histogram: Histogram) {
        let snapshot = histogram.snapshot
        var total: Int64 = 0
        for (bound, count) in zip(histogram.bounds, snapshot.counts) {
            total += count
            sample(name + "_bucket", labels + [("le", "\(bound)")], Double(total))
        }
        sample(name + "_bucket", labels + [("le", "+Inf")], Double(snapshot.total))
        sample(name + "_sum", labels, snapshot.sum)
        sample(name + "_count", labels, Double(snapshot.total))
    }

    private static func escape(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
