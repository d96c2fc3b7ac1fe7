package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// seedChunk is how many rows one transaction writes, so that little memory is needed.
const seedChunk = 1_000_000

// seed gives the data folder a warehouse whose orders table has rows already. The database is made
// once and copied for each run.
func (b *bench) seed(ctx context.Context, r *result) error {
	template := filepath.Join(b.dir, "seed.duckdb")
	if _, err := os.Stat(template); errors.Is(err, os.ErrNotExist) {
		begun := time.Now()
		if err := b.makeSeed(ctx, template); err != nil {
			return errors.Join(err, removeAll(template))
		}
		r.note("the table was filled in %.0f s", time.Since(begun).Seconds())
	}
	target := filepath.Join(b.data(), "warehouse", "penstock.duckdb")
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	size, err := copyFile(template, target)
	if err != nil {
		return err
	}
	r.add("warehouse file before", mebibytes(size), "MiB", "")
	return nil
}

// makeSeed lets a pipeline make the tables, and fills them while it is stopped.
func (b *bench) makeSeed(ctx context.Context, template string) (err error) {
	folder, data := filepath.Join(b.dir, "seed-pipeline"), filepath.Join(b.dir, "seed-data")
	defer func() { err = errors.Join(err, removeAll(folder, data, data+".log", data+".cache")) }()
	if err := writePipeline(folder, shape{}); err != nil {
		return err
	}
	p, err := startPipeline(ctx, b.Binary, folder, data)
	if err != nil {
		return err
	}
	if err := p.stop(); err != nil {
		return err
	}
	made := filepath.Join(data, "warehouse", "penstock.duckdb")
	if err := fillOrders(ctx, made, b.SeedRows); err != nil {
		return err
	}
	return os.Rename(made, template)
}

// fillOrders adds rows of random orders that arrived, evenly, within the last day.
func fillOrders(ctx context.Context, path string, rows int64) error {
	return execDuckDB(ctx, path, append(inChunks(seedSQL, rows), "checkpoint")...)
}

// inChunks are the statements that make rows from the first up to the last of all, a chunk each.
func inChunks(statement string, rows int64) []string {
	var list []string
	for first := int64(0); first < rows; first += seedChunk {
		list = append(list, fmt.Sprintf(statement, first, min(first+seedChunk, rows), rows))
	}
	return list
}

// execDuckDB runs statements one after another on a warehouse that nobody has open.
func execDuckDB(ctx context.Context, path string, statements ...string) (err error) {
	connector, err := duckdb.NewConnector(path+"?threads=2&memory_limit=1GB", nil)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close(), connector.Close()) }()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// seedSQL makes the orders from %[1]d up to %[2]d of %[3]d. The sequence numbers are text of the
// usual length that grows as those of a real shard do, by steps of 2^80, and below all of them.
const seedSQL = `
insert into orders by name
select
	'shardId-000000000000' as _shard,
	'4960000000000000000' || lpad((i::hugeint * 1208925819614629174706176 + (hash(i) %% 1000000)::hugeint)::varchar, 37, '0') as _sequence,
	now() - interval 1 day + to_microseconds((i * (86400000000 // %[3]d))::bigint) as _arrived_at,
	i + 1 as id,
	uuid() as order_id,
	1 + (hash(i, 1) %% 5000000)::bigint as customer_id,
	['Oak Desk Lamp', 'Walnut Side Table', 'Linen Cushion', 'Brass Wall Clock', 'Wool Throw', 'Ceramic Vase', 'Pine Bookshelf'][1 + (hash(i, 2) %% 7)::integer] as product_name,
	(1 + hash(i, 3) %% 9)::integer as product_quantity,
	((100 + hash(i, 4) %% 49900) / 100.0)::decimal(12,2) as product_price,
	'+353 ** *** ' || lpad((hash(i, 5) %% 10000)::varchar, 4, '0') as phone_number,
	(1 + hash(i, 6) %% 300) || ' ' || ['Harbour Street', 'Mill Lane', 'Church Road', 'High Street', 'Station Road'][1 + (hash(i, 7) %% 5)::integer] as address,
	['Dublin', 'Porto', 'Graz', 'Lyon', 'Gdansk', 'Turku'][1 + (hash(i, 8) %% 6)::integer] as city,
	['Ireland', 'Portugal', 'Austria', 'France', 'Poland', 'Finland'][1 + (hash(i, 8) %% 6)::integer] as country,
	((1 + hash(i, 3) %% 9) * (100 + hash(i, 4) %% 49900) / 100.0)::decimal(12,2) as order_cost,
	_arrived_at - to_seconds((hash(i, 9) %% 86400)::bigint) as order_date,
	_arrived_at as generate_date
from range(%[1]d, %[2]d) t(i)`

func copyFile(from, to string) (size int64, err error) {
	source, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer source.Close() //nolint:errcheck // only read
	target, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(target, source)
	if err == nil {
		err = target.Sync()
	}
	return size, errors.Join(err, target.Close())
}

func removeAll(paths ...string) error {
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}
