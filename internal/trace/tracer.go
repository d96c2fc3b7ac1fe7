package trace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

const (
	// MaxKey bounds what is asked for, in characters.
	MaxKey = 1000
	// maxFound bounds what is told.
	maxFound = 20
	// maxRaw bounds how much of an event is shown, in bytes; what the page of an event needs.
	maxRaw = 64 << 10
	// readTime bounds one look into the log for an event's bytes, which may have to wait for its turn.
	readTime = 5 * time.Second
)

// Config is the configuration of a Tracer.
type Config struct {
	// Shards are the pipeline's, by index, with stream and creation time: a sequence number holds both.
	Shards []event.Shard
	// Contracts are the present ones.
	Contracts *contract.Set
	// SearchBytes bounds the newest part of the log a text is looked for in. Default 64 MiB, about
	// 180,000 orders: it takes a third of a second, and holds that much memory for some seconds.
	SearchBytes int64
	// SearchQuarantined bounds the newest events of the quarantine a text is looked for in. Default 5,000,000: it
	// takes a second or two.
	SearchQuarantined int64
}

// Deps are what a Tracer reads. All are needed.
type Deps struct {
	Log       Log
	Catalog   Catalog
	Warehouse Warehouse
	Lake      Lake
}

// Tracer finds events. Safe for concurrent use; searches of the log wait for each other.
type Tracer struct {
	cfg  Config
	deps Deps
	// searching has room for one search of the log.
	searching chan struct{}
}

// New returns a Tracer.
func New(cfg Config, deps Deps) (*Tracer, error) {
	if len(cfg.Shards) == 0 || cfg.Contracts == nil || cfg.SearchBytes < 0 || cfg.SearchQuarantined < 0 {
		return nil, errors.New("trace: Shards and Contracts are needed, and SearchBytes and SearchQuarantined cannot be negative")
	}
	if deps.Log == nil || deps.Catalog == nil || deps.Warehouse == nil || deps.Lake == nil {
		return nil, errors.New("trace: a dependency is missing")
	}
	if cfg.SearchBytes == 0 {
		cfg.SearchBytes = 64 << 20
	}
	if cfg.SearchQuarantined == 0 {
		cfg.SearchQuarantined = 5_000_000
	}
	return &Tracer{cfg: cfg, deps: deps, searching: make(chan struct{}, 1)}, nil
}

// Trace finds the events that key stands for: the value of a contract's key as its table has it, a
// sequence number, shard:position, or a text that stands in the event. The error is an *event.Error
// for a key that cannot be looked for; nothing found is no error.
func (t *Tracer) Trace(ctx context.Context, key string) (Report, error) {
	if err := checkKey(key); err != nil {
		return Report{}, err
	}
	report := Report{Key: key, Found: []Event{}}
	if p, ok := t.parsePlace(strings.TrimSpace(key)); ok {
		found, err := t.follow(ctx, p)
		if err == nil || !errors.Is(err, event.ErrNotFound) {
			report.Found, report.Complete = append(report.Found, found), true
			report.Searched = "the one place the number names"
			return report, err
		}
	}
	s := &search{Tracer: t, key: key, report: &report, seen: map[place]bool{}}
	err := s.run(ctx)
	return report, err
}

func checkKey(key string) error {
	fault := ""
	switch {
	case strings.TrimSpace(key) == "":
		fault = "there is nothing to look for"
	case utf8.RuneCountInString(key) > MaxKey:
		fault = fmt.Sprintf("the key has %d characters, more than %d", utf8.RuneCountInString(key), MaxKey)
	case !utf8.ValidString(key) || strings.IndexByte(key, 0) >= 0:
		fault = "the key is not a text: it is not UTF-8, or holds a NUL"
	default:
		return nil
	}
	return &event.Error{Code: "trace_key", Message: fault,
		Hint: "give a contract's key such as an order id, a sequence number, shard:position, or a text from the event"}
}
