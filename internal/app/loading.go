package app

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/stream"
)

// shapes tells the loader which columns a table had under a version of the contracts.
type shapes struct{ catalogs []*catalog.Shard }

func (s shapes) Shape(ctx context.Context, shard int, version, table string) (*contract.Table, error) {
	if table == contract.QuarantineName {
		return contract.QuarantineTable(), nil
	}
	sources, err := s.catalogs[shard].Contracts(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("reading the contracts of version %s: %w", version, err)
	}
	set, err := compile(sources)
	if err != nil {
		return nil, fmt.Errorf("compiling the contracts of version %s: %w", version, err)
	}
	if shape := set.Table(table); shape != nil {
		return shape, nil
	}
	return nil, fmt.Errorf("table %s under contracts version %s: %w", table, version, event.ErrNotFound)
}

// rawEvents reads events back from the log, as far as it still has them.
type rawEvents struct {
	log    *stream.Log
	stream string
}

func (r rawEvents) Raw(ctx context.Context, shard int, sequences []uint64) ([]event.Record, error) {
	var found []event.Record
	for _, sequence := range slices.Sorted(slices.Values(sequences)) {
		records, err := r.log.Fetch(ctx, r.stream, shard, sequence, 1, 1)
		if err != nil {
			return found, err
		}
		if len(records) > 0 && records[0].Sequence == sequence {
			found = append(found, records[0])
		}
	}
	return found, nil
}

// readAll reads a whole object of the lake.
func readAll(ctx context.Context, l lake.Lake, name string) ([]byte, error) {
	object, err := l.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(object)
	if closeErr := object.Close(); err == nil {
		err = closeErr
	}
	return body, err
}
