package app

import (
	"context"
	"log/slog"

	"github.com/penstock/penstock/internal/event"
)

// hear takes the facts of every step.
func (p *parts) hear(f event.Fact) {
	p.gate.hear(f)
	p.monitor.Hear(f)
	p.charts.Hear(f)
	p.metrics.Hear(f)
	logFact(p.logger, f)
}

// logFact writes a fact for whoever follows single files: at debug, because there are several each second. What goes
// wrong is logged by the step itself.
func logFact(logger *slog.Logger, f event.Fact) {
	if !logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	switch f := f.(type) {
	case event.Flushed:
		logger.Debug("stored lake files", "shard", f.Shard, "first", f.First, "last", f.Last, "files", f.Files, "bytes", f.Bytes, "took", f.Took)
	case event.Committed:
		logger.Debug("committed", "shard", f.Shard, "first", f.First, "last", f.Last, "rows", f.Rows, "quarantined", f.Quarantined, "dropped", f.Dropped)
	case event.Loaded:
		logger.Debug("loaded", "shard", f.Shard, "through", f.Through, "files", f.Files, "rows", f.Rows, "duplicates", f.Duplicates, "took", f.Took)
	case event.Quarantined:
		logger.Debug("events went to the quarantine", "shard", f.Shard, "reasons", f.Reasons)
	case event.Refused:
		logger.Debug("records were refused", "records", f.Records, "error", f.Err)
	}
}
