package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/stream"
)

// openCatalogs opens the catalog of every shard of the pipeline's stream.
func (p *parts) openCatalogs(ctx context.Context) error {
	for shard := range p.info.Shards {
		journal, err := p.journal(ctx, shard)
		if err != nil {
			return err
		}
		config := catalog.Config{Stream: p.info.Name, Shard: shard, Logger: p.logger}
		opened, err := catalog.Open(ctx, config, journal, archive{p.lake})
		if err != nil {
			return fmt.Errorf("opening the catalog of %s: %w", event.ShardID(shard), err)
		}
		// A log that has lost its end must not give numbers a second time that are committed, or planned: the
		// plan stands for the records that had them.
		known := opened.Position()
		if plan, pending := opened.Pending(); pending {
			known = plan.Last
		}
		if err := p.log.SkipTo(ctx, p.info.Name, shard, known+1); err != nil {
			return fmt.Errorf("going on with %s after what is planned: %w", event.ShardID(shard), err)
		}
		p.catalogs = append(p.catalogs, opened)
	}
	return nil
}

// journal is where the catalog of a shard keeps its entries.
func (p *parts) journal(ctx context.Context, shard int) (*stream.Journal, error) {
	journal, err := p.log.Journal(ctx, fmt.Sprintf("%s-%d", p.info.Name, shard))
	if err != nil {
		return nil, fmt.Errorf("opening the journal of %s: %w", event.ShardID(shard), err)
	}
	return journal, nil
}

// worker is the delivery worker of one shard.
func (p *parts) worker(shard int) (*deliver.Worker, error) {
	buffer := p.file.Delivery.Buffer
	cfg := deliver.Config{
		Shard:          event.Shard{Stream: p.info.Name, Index: shard, Created: p.info.Created},
		Format:         p.file.Delivery.Format,
		BufferSize:     buffer.Size,
		BufferInterval: buffer.Interval,
		Logger:         p.logger,
	}
	deps := deliver.Deps{
		Source:    shardSource{p.log, p.info.Name, shard},
		Catalog:   p.catalogs[shard],
		Lake:      p.lake,
		Contracts: p.file.Contracts,
		Name:      p.fileName,
		Differs:   func(err error) bool { return errors.Is(err, lake.ErrDiffers) },
		Attempts:  deliver.NewFileAttempts(filepath.Join(p.dataDir, fmt.Sprintf("attempt-%d.json", shard))),
		Listener:  p.hear,
	}
	if p.aws != nil {
		if err := p.transforms(cfg.Shard, &cfg, &deps); err != nil {
			return nil, err
		}
	}
	return deliver.New(cfg, deps)
}

// delivery runs the workers of all shards. They stop together, so that a stop during an outage takes
// the time of one; and when one fails the others end with it. One that meets a loss waits by itself.
func (p *parts) delivery() (func(context.Context) error, error) {
	var workers []*deliver.Worker
	for shard := range p.info.Shards {
		worker, err := p.worker(shard)
		if err != nil {
			return nil, err
		}
		workers = append(workers, worker)
	}
	return func(ctx context.Context) error {
		running, ctx := errgroup.WithContext(ctx)
		for shard, worker := range workers {
			running.Go(func() error { return p.deliverShard(ctx, shard, worker) })
		}
		return running.Wait()
	}, nil
}

func (p *parts) redriver() (*deliver.Redriver, error) {
	catalogs := map[int]deliver.RedriveCatalog{}
	for shard, c := range p.catalogs {
		catalogs[shard] = c
	}
	return deliver.NewRedriver(deliver.RedriveConfig{
		Stream: p.info.Name, Format: p.file.Delivery.Format, Logger: p.logger,
	}, deliver.RedriveDeps{
		Quarantine: quarantineSource{p.store},
		Contracts:  p.file.Contracts,
		Lake:       p.lake,
		Name:       p.fileName,
		Catalogs:   catalogs,
	})
}

func (p *parts) fileName(f deliver.NewFile) string {
	name := p.info.Name
	if f.Redrive != "" {
		name += "-redrive-" + f.Redrive
	}
	return lake.DataName(f.Table, name, f.Shard, f.Oldest, f.First, f.Last, f.Generation, f.Extension)
}

// shardSource is one shard of the log, for the worker that delivers it.
type shardSource struct {
	log    *stream.Log
	stream string
	shard  int
}

func (s shardSource) Bounds() (first, last uint64, err error) {
	return s.log.Bounds(s.stream, s.shard)
}

// Missing of a stream that was deleted meanwhile is nothing; reading it says so.
func (s shardSource) Missing(seq uint64) (last uint64, missing bool) {
	last, missing, err := s.log.Missing(s.stream, s.shard, seq)
	return last, missing && err == nil
}

func (s shardSource) Tail(ctx context.Context, from uint64) (deliver.Tail, error) {
	return s.log.Tail(ctx, s.stream, s.shard, from)
}

// archive keeps the catalog's manifest in the lake.
type archive struct{ lake lake.Lake }

func (a archive) Put(ctx context.Context, name string, body []byte) error {
	return a.lake.Put(ctx, name, body)
}

func (a archive) Get(ctx context.Context, name string) ([]byte, error) {
	return readAll(ctx, a.lake, name)
}

// compile makes a set of contracts from the texts the catalog keeps.
func compile(sources []catalog.Source) (*contract.Set, error) {
	converted := make([]contract.Source, len(sources))
	for i, s := range sources {
		converted[i] = contract.Source{Name: s.Name, Text: s.Text}
	}
	return contract.Compile(converted)
}
