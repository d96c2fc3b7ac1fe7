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

// Missing says whether the record seq was accepted once and is known to be gone, and up to which record
// nothing is left either: it was trimmed, or is in a gap that was found. The end of the log has no
// records yet, and they are not missing.
func (l *Log) Missing(stream string, shard int, seq uint64) (last uint64, missing bool, err error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return 0, false, err
	}
	last, missing = s.missing(seq)
	return last, missing, nil
}

func (s *shard) missing(seq uint64) (last uint64, missing bool) {
	next := max(seq, s.bounds().first)
	s.log.mu.RLock()
	defer s.log.mu.RUnlock()
	// One gap may end where another begins; each is passed at most once.
	for range len(s.log.mu.gaps) + 1 {
		i := slices.IndexFunc(s.log.mu.gaps, func(g Gap) bool {
			return g.Stream == s.stream && g.Shard == s.index && g.First <= next && next <= g.Last
		})
		if i < 0 {
			break
		}
		next = s.log.mu.gaps[i].Last + 1
	}
	return next - 1, next > seq
}
