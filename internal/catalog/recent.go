package catalog

// recent keeps the newest commits in memory, so that a loader that is up to date reads no journal.
type recent struct {
	// after: every commit with a greater number is in commits.
	after   uint64
	commits []Commit
	sizes   []int
	bytes   int
}

const (
	recentCommits = 256
	recentBytes   = 4 << 20
)

func (r *recent) reset(after uint64) { *r = recent{after: after} }

// add appends the newest commit, whose entry has size bytes, and forgets the oldest beyond the limits.
func (r *recent) add(c Commit, size int) {
	r.commits = append(r.commits, c)
	r.sizes = append(r.sizes, size)
	r.bytes += size
	for len(r.commits) > 0 && (len(r.commits) > recentCommits || r.bytes > recentBytes) {
		r.after = r.commits[0].Number
		r.bytes -= r.sizes[0]
		r.commits, r.sizes = r.commits[1:], r.sizes[1:]
	}
}

// since returns a copy of the commits after number, if they are all here.
func (r *recent) since(number uint64) ([]Commit, bool) {
	if number < r.after {
		return nil, false
	}
	for i, c := range r.commits {
		if c.Number > number {
			return append([]Commit(nil), r.commits[i:]...), true
		}
	}
	return nil, true
}
