import LarderModel
import Testing

@testable import LarderHTTP

@Suite("The text of metrics")
struct MetricsTextTests {
    @Test("is Prometheus's format, with labels escaped")
    func format() {
        var text = MetricsText()
        text.counter("larder_a_total", "Of a.", 3)
        text.gauge("larder_b", "Of b.", 0.25)
        text.sample("larder_c", [("path", "a\"b\\c\nd"), ("x", "y")], 1e16)
        #expect(
            text.text == """
                # HELP larder_a_total Of a.
                # TYPE larder_a_total counter
                larder_a_total 3
                # HELP larder_b Of b.
                # TYPE larder_b gauge
                larder_b 0.25
                larder_c{path="a\\"b\\\\c\\nd",x="y"} 1e+16

                """)
    }

    @Test("adds up a histogram's buckets")
    func histogram() {
        let histogram = Histogram(bounds: [1, 2.5])
        for value in [0.5, 1, 2, 2.5, 7] { histogram.observe(value) }
        var text = MetricsText()
        text.histogram("h", [("face", "native")], histogram)
        #expect(
            text.text == """
                h_bucket{face="native",le="1.0"} 2
                h_bucket{face="native",le="2.5"} 4
                h_bucket{face="native",le="+Inf"} 5
                h_sum{face="native"} 13
                h_count{face="native"} 5

                """)
    }
}
