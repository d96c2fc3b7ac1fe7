package warehouse

import "github.com/penstock/penstock/internal/catalog"

// batchSize is how much there is to load.
type batchSize struct {
	rows, bytes, wide int64
	files             int
}

const (
	// wideRow is from which size on, in bytes, a row counts by its bytes: 2,048 smaller ones are no burden.
	wideRow = 16 << 10
	// largestFile bounds the estimate of a file's bytes before compression: what delivery gathers for one
	// range by default, and as much again for a last event that is larger than all before it.
	largestFile = 32 << 20
)

func (s *batchSize) add(c catalog.Commit) {
	for _, f := range c.Files {
		s.rows, s.bytes, s.files = s.rows+f.Rows, s.bytes+f.Bytes, s.files+1
		if f.LongestRow >= wideRow {
			// Its other rows may be short, which nobody has written down.
			s.wide += max(f.LongestRow, min(f.Rows*f.LongestRow, largestFile))
		}
	}
}

// exceeds says whether a transaction had better hold less.
func (l *Loader) exceeds(s batchSize) bool {
	return s.rows > l.maxRows || s.bytes > l.cfg.MaxBytes || s.files > l.cfg.MaxFiles || s.wide > l.cfg.MaxWide
}
