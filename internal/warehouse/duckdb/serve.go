package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// ServeChild is the child process: it serves the parent's calls until the parent closes the socket
// or dies. It is called by the hidden command named Command.
func ServeChild(ctx context.Context) error {
	file := os.NewFile(childFD, "parent")
	if file == nil {
		return errors.New("this command is started by penstock itself; it is of no use on its own")
	}
	end, err := net.FileConn(file)
	file.Close()
	if err != nil {
		return fmt.Errorf("this command is started by penstock itself; it is of no use on its own: %w", err)
	}
	// The parent decides when the child ends; a signal to the whole group must not come first.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{ctx: ctx}
	err = serveOver(ctx, end, s.handler())
	cancel()
	s.close()
	return err
}

// server is the child's state.
type server struct {
	ctx context.Context // ends when the child does

	mu struct {
		sync.Mutex
		base *base
	}
	background sync.WaitGroup
}

// base is an open database. It does not change once open.
type base struct {
	cfg    openConfig
	engine *engine
	guard  *guard
	// loader and checkpointer are nil when the database is open for reading only.
	loader       *loader
	checkpointer *checkpointer
	// file is the database file as it was when it was opened; nil as the loader.
	file fs.FileInfo
}

var errNotOpen = errors.New("no database is open")

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, h http.HandlerFunc) { mux.HandleFunc("POST "+path, h) }
	handle(pathPing, answer(ping))
	handle(pathOpen, answer(s.open))
	handle(pathPrepare, answer(s.prepare))
	handle(pathLoad, answer(s.load))
	handle(pathWatermarks, answer(reading(s, func(ctx context.Context, c *conn, _ none) ([]warehouse.Watermark, error) {
		return readWatermarks(ctx, c)
	})))
	handle(pathUnloaded, answer(reading(s, func(ctx context.Context, c *conn, _ none) ([]warehouse.UnloadedFile, error) {
		return readUnloaded(ctx, c)
	})))
	handle(pathSnapshot, answer(reading(s, func(ctx context.Context, c *conn, _ none) (warehouse.Snapshot, error) { return snapshot(ctx, c) })))
	handle(pathDescribe, answer(reading(s, func(ctx context.Context, c *conn, _ none) ([]warehouse.TableShape, error) { return describe(ctx, c) })))
	handle(pathLatency, answer(s.latency))
	handle(pathQuery, s.query)
	return mux
}

func (s *server) open(ctx context.Context, cfg openConfig) (none, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.base != nil {
		return none{}, errors.New("a database is open already")
	}
	e, err := openEngine(ctx, cfg)
	if err != nil {
		return none{}, err
	}
	b := &base{cfg: cfg, engine: e, guard: newGuard(cfg)}
	if cfg.ReadOnly {
		err = owned(ctx, e, cfg)
	} else {
		err = b.openForWriting(ctx)
	}
	if err != nil {
		e.close()
		return none{}, err
	}
	s.mu.base = b
	s.background.Go(func() { b.watch(s.ctx) })
	if b.loader != nil {
		s.background.Go(func() { b.checkpointer.run(s.ctx) })
		s.background.Go(func() { b.stamp(s.ctx) })
		s.background.Go(func() { watchFile(s.ctx, cfg.Path, b.file) })
	}
	return none{}, nil
}

func (b *base) openForWriting(ctx context.Context) (err error) {
	if b.file, err = os.Stat(b.cfg.Path); err != nil {
		return fmt.Errorf("look at the warehouse file: %w", err)
	}
	c, err := b.engine.session(ctx)
	if err != nil {
		return err
	}
	if b.loader, err = newLoader(ctx, c, b.cfg, &b.guard.filters); err != nil {
		c.close()
		return err
	}
	other, err := b.engine.session(ctx)
	if err != nil {
		c.close()
		return err
	}
	b.checkpointer = newCheckpointer(other, b.cfg)
	return nil
}

// stampEvery is how soon the time a load became visible is stored when no other load follows.
const stampEvery = time.Second

// watch looks at the memory and the queries. It waits for nothing else, least of all for a load.
func (b *base) watch(ctx context.Context) {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			b.guard.watchMemory()
			b.guard.watchQueries()
		}
	}
}

// stamp stores the time of the last load, behind loads.
func (b *base) stamp(ctx context.Context) {
	tick := time.NewTicker(stampEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// It is tried again with the next load, or a second later.
			_ = b.loader.flushCommitted(ctx)
		}
	}
}

func (s *server) base() (*base, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.base == nil {
		return nil, errNotOpen
	}
	return s.mu.base, nil
}

func (s *server) writing() (*base, error) {
	b, err := s.base()
	if err == nil && b.loader == nil {
		err = errors.New("the database is open for reading only")
	}
	return b, err
}

func (s *server) prepare(ctx context.Context, tables []*contract.Table) (none, error) {
	b, err := s.writing()
	if err != nil {
		return none{}, err
	}
	return none{}, b.loader.prepare(ctx, tables)
}

func (s *server) load(ctx context.Context, batch warehouse.Batch) (warehouse.Result, error) {
	b, err := s.writing()
	if err != nil {
		return warehouse.Result{}, err
	}
	done := b.guard.loading(batchRows(batch))
	defer done()
	result, err := b.loader.load(ctx, batch)
	if isKind(err, bindings.ErrorTypeOutOfMemory) && b.guard.makeRoom(ctx) {
		result, err = b.loader.load(ctx, batch)
	}
	if fatal(err) {
		giveUp(err)
	}
	b.checkpointer.loaded()
	return result, err
}

func batchRows(batch warehouse.Batch) int64 {
	var n int64
	for _, c := range batch.Commits {
		for _, f := range c.Loads {
			n += f.Rows
		}
	}
	return n
}

func (s *server) latency(ctx context.Context, req latencyRequest) (Latency, error) {
	b, err := s.base()
	if err != nil {
		return Latency{}, err
	}
	if b.loader != nil {
		if err := b.loader.flushCommitted(ctx); err != nil {
			return Latency{}, err
		}
	}
	return reading(s, latency)(ctx, req)
}

// reading runs fn on a connection of its own.
func reading[Req, Resp any](s *server, fn func(context.Context, *conn, Req) (Resp, error)) func(context.Context, Req) (Resp, error) {
	return func(ctx context.Context, req Req) (Resp, error) {
		var zero Resp
		b, err := s.base()
		if err != nil {
			return zero, err
		}
		c, err := b.engine.session(ctx)
		if err != nil {
			return zero, err
		}
		defer c.close()
		return fn(ctx, c, req)
	}
}

// close ends what runs in the background and folds the log into the database file.
func (s *server) close() {
	s.background.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.mu.base; b != nil {
		if b.loader != nil {
			_ = b.loader.flushCommitted(context.Background())
			b.loader.c.close()
		}
		b.engine.close()
		s.mu.base = nil
	}
}

const (
	exitFatal    = 3
	exitMemory   = 4
	exitStubborn = 5
	exitReplaced = 6
	// exitCheckpoint: a checkpoint needs more memory than there is.
	exitCheckpoint = 7
)
