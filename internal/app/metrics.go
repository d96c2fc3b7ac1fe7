package app

import (
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/kinesis"
	"github.com/penstock/penstock/internal/monitor/metrics"
)

// openMetrics makes the metrics; api is asked at each scrape, and set when the HTTP API has been made.
func (p *parts) openMetrics(version string) {
	p.metrics = metrics.New(version, metrics.Sources{
		Reading:           p.monitor.Last,
		WarehouseRestarts: p.store.Restarts,
		Backlog:           func() (waiting, limit int64) { return p.gate.waiting.Load().total, p.gate.limit },
		LiveStreams: func() int {
			if server := p.server.Load(); server != nil {
				return server.LiveStreams()
			}
			return 0
		},
	})
}

// observed counts a request to the Kinesis API.
func (p *parts) observed(a kinesis.Answered) { p.metrics.Request(a.Operation, a.Status, a.Took) }

// withServer remembers the HTTP API, which the metrics ask and which shows them.
func (p *parts) withServer(server *dashboard.Server, err error) (*dashboard.Server, error) {
	p.server.Store(server)
	return server, err
}
