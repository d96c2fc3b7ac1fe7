package stream

import (
	"log/slog"
	"slices"
)

// Gap is a stretch of a shard's sequence numbers whose records are missing from the log although
// they were stored once.
type Gap struct {
	Stream string
	Shard  int
	// First and Last are the numbers missing. At the end of a shard Last is an upper bound.
	First, Last uint64
}

// report remembers gaps and says loudly that there are any, each once.
func (l *Log) report(gaps []Gap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, gap := range gaps {
		if slices.Contains(l.mu.gaps, gap) {
			continue
		}
		l.mu.gaps = append(l.mu.gaps, gap)
		l.cfg.Logger.Error("records are missing from the log: they were stored once and are lost",
			slog.String("stream", gap.Stream), slog.Int("shard", gap.Shard),
			slog.Uint64("first", gap.First), slog.Uint64("last", gap.Last))
	}
}

// Gaps are the losses that were found since Open.
func (l *Log) Gaps() []Gap {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.mu.gaps)
}
