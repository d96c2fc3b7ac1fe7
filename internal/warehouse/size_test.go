package warehouse

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// A transaction the warehouse cannot take is made smaller until it can, and larger again behind it: to wait for
// the end of such an outage would be to wait for ever.
func TestLoadThatIsTooMuchIsTriedWithLess(t *testing.T) {
	for _, most := range []int{1, 2, 50} {
		t.Run(fmt.Sprint(most, " commits at most"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				const commits = 200
				for i := range commits {
					b.add(i%2, fmt.Sprint("f", i))
				}
				b.target.fail = func(batch Batch) error {
					if len(batch.Commits) > most {
						return fmt.Errorf("%w: out of memory", ErrUnavailable)
					}
					return nil
				}
				stop := b.run()
				defer stop()
				pass(time.Hour)
				b.expect("files", len(b.target.files), commits)
				for range len(b.facts) {
					if f, ok := (<-b.facts).(event.Recovered); ok {
						t.Errorf("it is said to be over while it is not: %+v", f)
					}
				}
			})
		})
	}
}

func TestWideRowsMakeSmallTransactions(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		rows, longest int64
		want          int // commits in a transaction
	}{
		"short rows":                      {16, wideRow - 1, 100},
		"a full file of rows of 1 MiB":    {16, mib, 4},
		"one row of 10 MiB in each":       {1, 10 * mib, 6},
		"one wide row among short ones":   {50_000, wideRow, 2},
		"a row larger than any should be": {1, 100 * mib, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			l, err := New(b.cfg, Deps{Target: b.target, Files: b.lake, Shapes: fakeShapes{}})
			if err != nil {
				t.Fatal(err)
			}
			l.maxRows = 1 << 40
			for i := range 100 {
				l.followers[0].queue = append(l.followers[0].queue, catalog.Commit{
					Number: uint64(i + 1), Files: []catalog.File{{Rows: c.rows, Bytes: 1000, LongestRow: c.longest}},
				})
			}
			commits, _ := l.gather()
			b.expect("commits", len(commits), c.want)
		})
	}
}
