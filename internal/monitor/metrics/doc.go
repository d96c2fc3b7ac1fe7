// Package metrics shows a running pipeline in Prometheus' form. Names begin with penstock_ and follow Prometheus'
// conventions: base units, _total for what only grows.
//
// What happens is counted from facts; what is, is read from the monitor's last reading. A scrape counts nothing in the
// warehouse. Every label has a fixed set of values, or that of the pipeline's contracts, so that no event can
// make more series.
package metrics
