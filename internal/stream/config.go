package stream

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Sizes that are the same for every log.
const (
	// maxPayload bounds one JetStream message: the largest record Kinesis knows (10 MiB), its key,
	// and room for the header.
	maxPayload = 12 << 20
	// maxRecordBytes is the largest Info.MaxRecordBytes.
	maxRecordBytes = 10 << 20
	// looksAtOnce and looksPerSecond limit reading at random places, for each of which the server
	// keeps 8 MiB for 10 s: 256 MiB at worst, and far less unless somebody tries.
	looksAtOnce    = 16
	looksPerSecond = 1.6
	// recentBytes bounds the chunks kept for readers at the end of a shard, in all shards: nearly a
	// second of 100,000 records/s, which is how far delivery is behind while it keeps up.
	recentBytes = 32 << 20
	// maxKeyBytes is 256 characters of at most four bytes.
	maxKeyBytes = 1024
)

// Config says where a log lies and how much it may use. The zero value of every field but Dir
// means its default.
type Config struct {
	// Dir is the folder that holds the log. It is made if it is missing. No other process may use
	// it at the same time; the caller sees to that. Required.
	Dir string
	// NoSync leaves out every fsync, so that a test can show what is lost then. Never set it
	// otherwise.
	NoSync bool
	// Logger takes the log's own messages and, at debug level, the server's. Default: discarded.
	Logger *slog.Logger
	// DiskReserve is the free space, in bytes, below which Append answers event.ErrThrottled.
	// Journals go on down to an eighth of it, so that delivery can commit and make room.
	// Default: 1 GiB or 5% of the disk, whichever is smaller: enough for what is under way in
	// every part of the pipeline, and not a burden on a small disk.
	DiskReserve int64
	// MaxWaiting bounds the bytes of all appends that wait for their fsync, in all shards. An
	// Append beyond it waits for its turn. Default 64 MiB: several chunks for each of a few shards,
	// and a tenth of what the whole program may use. At least 16 MiB, so that the largest request
	// of Kinesis fits.
	MaxWaiting int64
	// Gate is asked at every Append to a shard, before anything is stored; its error is the Append's.
	// It is how a pipeline slows producers down when delivery is too far behind. It must be safe for
	// concurrent use and return at once. Default: none.
	Gate func(stream string, shard int) error
	// Clock gives the time of arrival and of log messages. Default time.Now.
	Clock func() time.Time

	// sync is syncPath; tests let it fail.
	sync func(path string) error
}

// Validate says everything that is wrong with c.
func (c Config) Validate() error {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("stream: Dir is empty; name the folder that holds the log"))
	}
	if c.DiskReserve < 0 {
		faults = append(faults, fmt.Errorf("stream: DiskReserve is %d; give bytes, or 0 for the default", c.DiskReserve))
	}
	if c.MaxWaiting != 0 && c.MaxWaiting < 16<<20 {
		faults = append(faults, fmt.Errorf("stream: MaxWaiting is %d; give at least %d bytes", c.MaxWaiting, 16<<20))
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = 64 << 20
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.sync == nil {
		c.sync = syncPath
	}
	return c
}
