package duckdb

import (
	"context"
	"fmt"
	"os"
)

// checkpointer folds the write-ahead log into the database file. It does so on a connection of its
// own right behind a load: DuckDB itself would do it inside of a commit, and the rows of that load
// would wait for it.
type checkpointer struct {
	c    *conn
	log  string // the log's path
	size int64
	due  chan struct{}
}

func newCheckpointer(c *conn, cfg openConfig) *checkpointer {
	return &checkpointer{c: c, log: cfg.Path + ".wal", size: cfg.CheckpointSize, due: make(chan struct{}, 1)}
}

// loaded is called behind every load.
func (k *checkpointer) loaded() {
	if info, err := os.Stat(k.log); err != nil || info.Size() < k.size {
		return
	}
	select {
	case k.due <- struct{}{}:
	default:
	}
}

// run checkpoints whenever it is due, until ctx ends. A checkpoint that fails, for a write that is
// going on, is due again behind the next load.
func (k *checkpointer) run(ctx context.Context) {
	defer k.c.close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.due:
		}
		_, err := k.c.exec(ctx, "CHECKPOINT "+ident(catalogAlias))
		if fatal(err) {
			die(err)
		}
		if info, statErr := os.Stat(k.log); err != nil && statErr == nil && info.Size() > 8*k.size {
			fmt.Fprintf(os.Stderr, "the warehouse's log has grown to %d MiB: %v\n", info.Size()/mib, err)
		}
	}
}

// die ends the process: DuckDB refuses everything after a fatal error, and a new process starts
// afresh.
func die(err error) {
	fmt.Fprintln(os.Stderr, "duckdb cannot go on:", err)
	os.Exit(exitFatal)
}
