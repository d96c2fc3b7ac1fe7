package duckdb

import (
	"context"
	"fmt"
	"os"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"
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
		if fatal(err) || err != nil && k.invalid(ctx) {
			giveUp(err)
		}
		if info, statErr := os.Stat(k.log); err != nil && statErr == nil && info.Size() > 8*k.size {
			fmt.Fprintf(os.Stderr, "the warehouse's log has grown to %d MiB: %v\n", info.Size()/mib, err)
		}
	}
}

// invalid reports whether DuckDB has given the database up, which the error of a checkpoint does not say.
func (k *checkpointer) invalid(ctx context.Context) bool {
	_, err := k.c.exec(ctx, "SELECT count(*) FROM "+ident(catalogAlias)+"._penstock.watermarks")
	return fatal(err)
}

// giveUp ends the process after an error that is fatal. If it is that of a checkpoint that found no memory, the
// next process gets more: a checkpoint needs as much as 2,048 rows that follow each other have bytes.
func giveUp(err error) {
	if !outOfMemory(err) {
		die(err)
	}
	fmt.Fprintln(os.Stderr, "the rows of a table are too large for the memory a checkpoint has, so the duckdb process is started again with more; "+
		"raise limits.query_memory in pipeline.yaml to 2,048 times the mean size of its rows:", firstLine(err.Error()))
	os.Exit(exitCheckpoint)
}

// outOfMemory reports an error for want of memory. That of a block that finds no place has another kind, or none.
func outOfMemory(err error) bool {
	return isKind(err, bindings.ErrorTypeOutOfMemory) || strings.Contains(err.Error(), "failed to pin block") ||
		strings.Contains(err.Error(), "failed to allocate") || strings.Contains(err.Error(), "could not allocate block")
}

// die ends the process: DuckDB refuses everything after a fatal error, and a new process starts
// afresh.
func die(err error) {
	fmt.Fprintln(os.Stderr, "duckdb cannot go on:", err)
	os.Exit(exitFatal)
}
