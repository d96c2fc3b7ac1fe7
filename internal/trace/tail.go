package trace

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

const (
	// glanceEvery is how often a tail looks for new events, glanceRecords and glanceBytes what it reads of
	// a shard then. What has arrived beyond, at more than about 2,500 events a second, is passed over unread:
	// a tail costs the same at 200,000, and nobody reads more.
	glanceEvery   = 100 * time.Millisecond
	glanceRecords = 250
	glanceBytes   = 512 << 10
	// shownPerSecond is how many events a person may have to look at.
	shownPerSecond = 50
	// maxTailRaw bounds how much of an event is shown, in bytes.
	maxTailRaw = 16 << 10
)

// Arrival is an event as a tail shows it.
type Arrival struct {
	Shard        string    `json:"shard"`
	Sequence     string    `json:"sequence"`
	ArrivedAt    time.Time `json:"arrived_at"`
	PartitionKey string    `json:"partition_key"`
	// Raw is the event as text, at most 16 KiB; where that is no UTF-8, RawBase64 has its bytes.
	Raw       string `json:"raw"`
	RawBase64 string `json:"raw_base64,omitempty"`
	Truncated bool   `json:"truncated"`
}

// Skipped says how many events a tail has left out: they passed the filter and were more than 50 in a
// second, or arrived faster than it looks.
type Skipped struct {
	Count int64 `json:"count"`
}

// Tail shows events as they arrive, from now on.
type Tail struct {
	tracer *Tracer
	filter *filter
	// next is the position in each shard from which on nothing was looked at.
	next []uint64
	// second began at began; shown and skipped count since then.
	began   time.Time
	shown   int
	skipped int64
	show    func(Arrival)
}

// Tail returns a tail that shows the events filterText takes: those that contain the text, or, after
// "cel:", those for which the condition is true. The error is an *event.Error that says what is wrong
// with the filter.
func (t *Tracer) Tail(filterText string) (*Tail, error) {
	f, err := newFilter(filterText)
	return &Tail{tracer: t, filter: f}, err
}

// Run calls show for each event, and skipped about once a second when some were left out, until ctx
// ends. Both are called from this goroutine and should not block. It holds nothing up: what it cannot
// read in time it passes over.
func (t *Tail) Run(ctx context.Context, show func(Arrival), skipped func(Skipped)) error {
	t.show = show
	t.next = make([]uint64, len(t.tracer.cfg.Shards))
	for shard := range t.next {
		_, last, err := t.tracer.deps.Log.Bounds(shard)
		if err != nil {
			return err
		}
		t.next[shard] = last + 1
	}
	tick := time.NewTicker(glanceEvery)
	defer tick.Stop()
	t.began = time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if now.Sub(t.began) >= time.Second {
				t.began, t.shown = now, 0
				if t.skipped > 0 {
					skipped(Skipped{t.skipped})
					t.skipped = 0
				}
			}
		}
		for shard := range t.next {
			if err := t.glance(ctx, shard); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// glance looks at what has arrived in a shard.
func (t *Tail) glance(ctx context.Context, shard int) error {
	log, next := t.tracer.deps.Log, t.next[shard]
	_, last, err := log.Bounds(shard)
	if err != nil || last < next {
		return err
	}
	var records []event.Record
	arrived := last + 1 - next
	if arrived > glanceRecords {
		// The newest chunk is in memory while delivery keeps up; reading others would cost what they do.
		if newest, ok := log.Newest(shard, glanceRecords); ok && newest[0].Sequence >= next {
			records = newest
		} else {
			next = last + 1 - glanceRecords
		}
	}
	if records == nil {
		if records, err = log.Fetch(ctx, shard, next, int(last+1-next), glanceBytes); err != nil {
			return err
		}
	}
	for i := range records {
		t.look(shard, &records[i])
	}
	if n := len(records); n > 0 {
		last = max(last, records[n-1].Sequence)
	}
	t.skipped += int64(last+1-t.next[shard]) - int64(len(records))
	t.next[shard] = last + 1
	return nil
}

func (t *Tail) look(shard int, r *event.Record) {
	switch {
	case !t.filter.takes(r):
	case t.shown >= shownPerSecond:
		t.skipped++
	default:
		t.shown++
		t.show(arrival(t.tracer.cfg.Shards[shard], r))
	}
}

func arrival(shard event.Shard, r *event.Record) Arrival {
	a := Arrival{
		Shard: shard.ID(), Sequence: shard.SequenceNumber(r.Sequence, r.Arrived), ArrivedAt: r.ArrivedAt(),
		PartitionKey: clean(r.PartitionKey), Truncated: len(r.Data) > maxTailRaw,
	}
	raw := r.Data[:min(len(r.Data), maxTailRaw)]
	if a.Truncated {
		// A character that was cut is left out.
		for i := 1; i < utf8.UTFMax && i <= len(raw); i++ {
			if at := len(raw) - i; utf8.RuneStart(raw[at]) {
				if !utf8.FullRune(raw[at:]) {
					raw = raw[:at]
				}
				break
			}
		}
	}
	a.Raw = clean(string(raw))
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		a.RawBase64 = base64.StdEncoding.EncodeToString(raw)
	}
	return a
}
