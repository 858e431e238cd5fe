import Foundation

/// Draws curves from 0 to 1 as SVG.
enum CurvePlot {
    private static let width = 760.0, height = 400.0, left = 60.0, right = 220.0, top = 44.0, bottom = 50.0
    private static let colors = ["#0b6e4f", "#c8553d", "#6c757d"]

    /// - Parameter curves: a value a round each; smoothed over ten rounds.
    static func svg(_ curves: [(name: String, values: [Double])], title: String) -> String {
        let rounds = curves.first?.values.count ?? 1
        func x(_ round: Int) -> Double { left + (width - left - right) * Double(round) / Double(rounds) }
        func y(_ value: Double) -> Double { height - bottom - (height - top - bottom) * value }
        func number(_ value: Double) -> String { String(format: "%.1f", value) }
        var lines = [
            #"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" \#
            font-family="system-ui, sans-serif" font-size="13">
            """#,
            ##"<rect width="100%" height="100%" fill="#ffffff"/>"##,
            #"<text x="\#(number(left))" y="24" font-size="15" font-weight="600">\#(title)</text>"#,
        ]
        for tick in stride(from: 0.0, through: 1.0, by: 0.1) {
            let isGoal = abs(tick - 0.9) < 0.01
            lines.append(
                #"""
                <line x1="\#(number(left))" x2="\#(number(width - right))" y1="\#(number(y(tick)))" \#
                y2="\#(number(y(tick)))" \#
                stroke="\#(isGoal ? "#222222" : "#dddddd")"\#(isGoal ? #" stroke-dasharray="4 4""# : "")/>
                """#
            )
            lines.append(
                #"""
                <text x="\#(number(left - 8))" y="\#(number(y(tick) + 4))" \#
                text-anchor="end">\#(Int((tick * 100).rounded())) %</text>
                """#
            )
        }
        for round in stride(from: 0, through: rounds, by: 50) {
            lines.append(
                #"""
                <text x="\#(number(x(round)))" y="\#(number(height - bottom + 20))" \#
                text-anchor="middle">\#(round)</text>
                """#
            )
        }
        lines.append(
            #"""
            <text x="\#(number(left))" y="\#(number(height - 10))">ratings; 100 % is the best combination's own \#
            success rate</text>
            """#
        )
        for (curve, color) in zip(curves, colors) {
            let smooth = curve.values.indices.map { i in
                let window = curve.values[max(0, i - 9)...i]
                return window.reduce(0, +) / Double(window.count)
            }
            let points = smooth.enumerated().map { "\(number(x($0 + 1))),\(number(y($1)))" }.joined(separator: " ")
            lines.append(#"<polyline fill="none" stroke="\#(color)" stroke-width="2" points="\#(points)"/>"#)
            let end = smooth.last ?? 0
            lines.append(
                #"""
                <text x="\#(number(width - right + 8))" y="\#(number(y(end) + 4))" fill="\#(color)">\#(curve.name), \#
                \#(Int((end * 100).rounded())) %</text>
                """#
            )
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }
}
