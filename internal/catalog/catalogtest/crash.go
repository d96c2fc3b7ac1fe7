package catalogtest

import (
	"context"
	"errors"
	"sync"

	"github.com/penstock/penstock/internal/catalog"
)

// ErrDied is what every operation of a dead process returns.
var ErrDied = errors.New("the process has died (test)")

// Crash stands for the life of one process: the operations that go through it are counted, and at a
// chosen one the process dies, so that neither that one's answer nor any later operation gets through.
type Crash struct {
	mu     sync.Mutex
	step   int
	dieAt  int
	after  bool
	dead   bool
	steps  []string
	onDead func()
}

// NewCrash dies at operation number dieAt, counted from 1; after says whether that operation still
// takes effect. 0 never dies. onDead, if not nil, is called once at the death.
func NewCrash(dieAt int, after bool, onDead func()) *Crash {
	return &Crash{dieAt: dieAt, after: after, onDead: onDead}
}

// Do runs one operation, named for messages.
func (c *Crash) Do(name string, op func() error) error {
	c.mu.Lock()
	if c.dead {
		c.mu.Unlock()
		return ErrDied
	}
	c.step++
	c.steps = append(c.steps, name)
	dies := c.step == c.dieAt
	c.dead = dies
	c.mu.Unlock()
	if !dies {
		return op()
	}
	if c.after {
		// The operation took effect; what it answered is lost with the process.
		_ = op()
	}
	if c.onDead != nil {
		c.onDead()
	}
	return ErrDied
}

// Kill is a death between two operations.
func (c *Crash) Kill() {
	c.mu.Lock()
	died := !c.dead
	c.dead = true
	c.mu.Unlock()
	if died && c.onDead != nil {
		c.onDead()
	}
}

// Dead says whether the process has died.
func (c *Crash) Dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// Steps are the names of the operations so far.
func (c *Crash) Steps() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.steps...)
}

// Journal is j as the process sees it. Reading does not count as a step.
func (c *Crash) Journal(j catalog.Journal) catalog.Journal { return crashJournal{c, j} }

type crashJournal struct {
	crash *Crash
	catalog.Journal
}

func (j crashJournal) Append(ctx context.Context, expect uint64, entry []byte) (sequence uint64, err error) {
	err = j.crash.Do("journal append", func() error {
		sequence, err = j.Journal.Append(ctx, expect, entry)
		return err
	})
	return sequence, err
}

func (j crashJournal) Last(ctx context.Context) (uint64, []byte, error) {
	if j.crash.Dead() {
		return 0, nil, ErrDied
	}
	return j.Journal.Last(ctx)
}

func (j crashJournal) Trim(ctx context.Context, before uint64) error {
	return j.crash.Do("journal trim", func() error { return j.Journal.Trim(ctx, before) })
}

// Archive is a as the process sees it.
func (c *Crash) Archive(a catalog.Archive) catalog.Archive { return crashArchive{c, a} }

type crashArchive struct {
	crash *Crash
	catalog.Archive
}

func (a crashArchive) Put(ctx context.Context, name string, body []byte) error {
	return a.crash.Do("archive put", func() error { return a.Archive.Put(ctx, name, body) })
}
