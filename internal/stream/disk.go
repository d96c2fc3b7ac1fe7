package stream

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/internal/event"
)

const (
	// defaultReserve is the largest reserve kept without being asked to.
	defaultReserve = 1 << 30
	// diskCheckEvery is how often the free space is looked up at most. In between what was admitted
	// is taken as used.
	diskCheckEvery = 250 * time.Millisecond
)

// disk knows how much space is left on the file system of a folder. Safe for concurrent use.
type disk struct {
	dir     string
	reserve int64
	checked atomic.Int64 // when free was looked up, in nanoseconds of the monotonic clock
	free    atomic.Int64
	started time.Time
}

// newDisk takes the reserve in bytes; 0 means 1 GiB or 5% of the disk, whichever is smaller.
func newDisk(dir string, reserve int64) (*disk, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return nil, fmt.Errorf("looking up the free space of %s: %w", dir, err)
	}
	if reserve == 0 {
		reserve = min(defaultReserve, int64(stat.Blocks)*stat.Bsize/20)
	}
	d := &disk{dir: dir, reserve: reserve, started: time.Now()}
	d.checked.Store(-int64(time.Hour))
	d.look()
	return d, nil
}

// admit answers event.ErrThrottled when less than the reserve would be free after another size bytes.
func (d *disk) admit(size int64) error { return d.atLeast(d.reserve, size) }

// admitEntry does the same with an eighth of the reserve: commits must go on when producers are
// already held back, or nothing would ever be freed.
func (d *disk) admitEntry(size int64) error { return d.atLeast(d.reserve/8, size) }

func (d *disk) atLeast(bytes, size int64) error {
	d.look()
	free := d.free.Add(-size)
	if free >= bytes {
		return nil
	}
	d.free.Add(size)
	return &event.Error{
		Code:    "disk_reserve",
		Message: fmt.Sprintf("%s has %d MiB free and %d MiB are kept in reserve", d.dir, max(free, 0)>>20, bytes>>20),
		Hint:    "free space on this disk or move the data folder; producers are slowed down until then",
		Err:     event.ErrThrottled,
	}
}

// look looks the free space up if that was long ago.
func (d *disk) look() {
	now := int64(time.Since(d.started))
	last := d.checked.Load()
	if now-last < int64(diskCheckEvery) || !d.checked.CompareAndSwap(last, now) {
		return
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(d.dir, &stat); err == nil {
		d.free.Store(int64(stat.Bavail) * stat.Bsize)
	}
}
