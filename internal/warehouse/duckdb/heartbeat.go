package duckdb

import (
	"context"
	"log/slog"
	"time"
)

const (
	// pingEvery is how often the parent asks the child whether it is there.
	pingEvery = 5 * time.Second
	// pingPatience is how long the child may take to say yes, which is no work and waits for none:
	// thousands of times what it takes on a busy machine.
	pingPatience = 15 * time.Second
)

// watched lets insist watch the child until the returned function is called.
func (p *process) watched(life context.Context, log *slog.Logger) (stop func()) {
	watching, cancel := context.WithCancel(life)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.insist(watching, log)
	}()
	return func() { cancel(); <-done }
}

// insist ends a child that lives and does not answer: one that hangs would hold up loads, queries
// and the ledger for ever. It returns when the child is gone, or life ends.
func (p *process) insist(life context.Context, log *slog.Logger) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.gone:
			return
		case <-life.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(life, pingPatience)
		_, err := send[none](ctx, p, pathPing, none{})
		cancel()
		if err != nil && ctx.Err() == context.DeadlineExceeded && life.Err() == nil {
			log.Error("the duckdb process does not answer and is ended", "pid", p.cmd.Process.Pid, "after", pingPatience)
			_ = p.cmd.Process.Kill() // it may have ended by itself meanwhile
		}
	}
}

// ping answers without touching the database.
func ping(context.Context, none) (none, error) { return none{}, nil }
