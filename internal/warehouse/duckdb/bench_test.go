package duckdb

import (
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/warehouse"
)

// dummyOrders is the table of the dummy orders, 13 columns.
func dummyOrders(key string) *contract.Table {
	column := func(name string, kind contract.Kind) contract.Column {
		return contract.Column{Name: name, Type: contract.Type{Kind: kind}}
	}
	money := contract.Type{Kind: contract.Decimal, Precision: 12, Scale: 2}
	return &contract.Table{Name: "orders", Key: key, KeyWindow: week, Columns: []contract.Column{
		column("id", contract.Bigint), column("order_id", contract.UUID), column("customer_id", contract.Bigint),
		column("product_name", contract.Varchar), column("product_quantity", contract.Integer), {Name: "product_price", Type: money},
		column("phone_number", contract.Varchar), column("address", contract.Varchar), column("city", contract.Varchar),
		column("country", contract.Varchar), {Name: "order_cost", Type: money},
		column("order_date", contract.Timestamp), column("generate_date", contract.Timestamp),
	}}
}

// encodeOrders writes the next n dummy orders of a shard as a lake file, with random bytes of keys as
// their order_id.
func (r *rig) encodeOrders(shard int, table *contract.Table, cfg format.Config, n int, keys io.Reader) warehouse.FileLoad {
	r.t.Helper()
	e, err := format.New(cfg, table)
	if err != nil {
		r.t.Fatal(err)
	}
	f := warehouse.FileLoad{Status: warehouse.StatusLoaded, Format: cfg.Name(), Columns: table.Columns, Key: table.Key, KeyWindow: table.KeyWindow}
	f.Table, f.Rows, f.First = table.Name, int64(n), r.seq[shard]+1
	names := []string{"Widget", "Large blue lamp", "WHITE HANGING HEART T-LIGHT HOLDER", "Tea, green", `Mug "best dad"`}
	text := func(s string) contract.Value { return contract.Value{Bytes: []byte(s)} }
	for range n {
		r.seq[shard]++
		seq := r.seq[shard]
		at := day0 + int64(seq)/20
		if f.FirstArrived == 0 {
			f.FirstArrived = at
		}
		f.LastArrived = at
		id, quantity, cents := uuid.Must(uuid.NewRandomFromReader(keys)), rand.Int64N(20)+1, rand.Int64N(10_000)
		err := e.Append(format.Meta{Shard: event.ShardID(shard), Sequence: []byte(r.shard(shard).SequenceNumber(seq, at)), ArrivedMillis: at}, []contract.Value{
			{Int: int64(seq)}, text(id.String()), {Int: rand.Int64N(5000)}, text(names[rand.IntN(len(names))]), {Int: quantity},
			text(fmt.Sprintf("%d.%02d", cents/100, cents%100)), text(fmt.Sprintf("+44 20 %07d", rand.IntN(9_999_999))),
			text(fmt.Sprintf("%d High Street, Flat %d", rand.IntN(300), rand.IntN(40))), text("London"), text("United Kingdom"),
			text(fmt.Sprintf("%d.%02d", quantity*cents/100, quantity*cents%100)), {Int: at * 1000}, {Int: at*1000 - 250_000},
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	f.Last, f.LongestRow = r.seq[shard], e.LongestRow()
	body, err := e.Finish()
	if err != nil {
		r.t.Fatal(err)
	}
	r.files++
	f.Name = fmt.Sprintf("data/orders/%d.%s", r.files, cfg.Name())
	f.Path = filepath.Join(r.dir, "lake", filepath.FromSlash(f.Name))
	_ = os.MkdirAll(filepath.Dir(f.Path), 0o755)
	if err := os.WriteFile(f.Path, body, 0o644); err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	f.Bytes, f.SHA256 = int64(len(body)), hex.EncodeToString(sum[:])
	return f
}

// childCPU is the processor time the child has used.
func (r *rig) childCPU() time.Duration {
	r.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.client.Pid()))
	if err != nil {
		r.t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var user, system int64
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// childPeak is the child's greatest resident size, in MiB.
func (r *rig) childPeak() float64 {
	r.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.client.Pid()))
	if err != nil {
		r.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib float64
	fmt.Sscan(rest, &kib)
	return kib / 1024
}

func BenchmarkLoad(b *testing.B) {
	for _, c := range []struct {
		cfg         format.Config
		files, rows int
		key         string
	}{
		{format.Config{Format: "csv", Compression: "gzip"}, 1, 20_000, ""},
		{format.Config{Format: "csv", Compression: "gzip"}, 8, 20_000, ""},
		{format.Config{Format: "csv", Compression: "gzip"}, 40, 4_000, ""},
		{format.Config{Format: "csv", Compression: "gzip"}, 1, 20_000, "order_id"},
		{format.Config{Format: "csv", Compression: "gzip"}, 8, 20_000, "order_id"},
		{format.Config{Format: "csv", Compression: "zstd"}, 8, 20_000, ""},
		{format.Config{Format: "csv", Compression: "none"}, 8, 20_000, ""},
		{format.Config{Format: "parquet"}, 1, 20_000, ""},
		{format.Config{Format: "parquet"}, 8, 20_000, ""},
	} {
		b.Run(fmt.Sprintf("%s/%dx%d/key=%s", c.cfg.Name(), c.files, c.rows, c.key), func(b *testing.B) {
			r := newRig(b)
			table := dummyOrders(c.key)
			r.prepare(table)
			var loads []warehouse.CommitLoad
			for range b.N {
				var files []warehouse.FileLoad
				for range c.files {
					files = append(files, r.encodeOrders(0, table, c.cfg, c.rows, crand.Reader))
				}
				loads = append(loads, r.commit(0, files...))
			}
			cpu := r.childCPU()
			b.ResetTimer()
			for _, l := range loads {
				if result := r.load(l); len(result.Refusals) > 0 {
					b.Fatalf("%+v", result)
				}
			}
			b.StopTimer()
			rows := float64(b.N * c.files * c.rows)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/rows, "µs/row")
			b.ReportMetric(float64((r.childCPU()-cpu).Microseconds())/rows, "cpu-µs/row")
			b.ReportMetric(r.childPeak(), "MiB")
		})
	}
}

// BenchmarkKeyed loads 20,000 rows on top of 20 million keys; PENSTOCK_BENCH_KEYS sets another
// number.
func BenchmarkKeyed(b *testing.B) {
	keys := int64(20_000_000)
	if n := os.Getenv("PENSTOCK_BENCH_KEYS"); n != "" {
		fmt.Sscan(n, &keys)
	}
	r := newRig(b)
	table := dummyOrders("order_id")
	r.prepare(table)
	r.load(r.commit(0, r.encodeOrders(0, table, format.Config{Format: "csv", Compression: "gzip"}, 1, crand.Reader)))
	r.client.Close()
	fillKeys(b, r.cfg, keys)
	r.seq[0] += uint64(keys)
	r.committed[0] = r.seq[0]
	r.start()
	started := time.Now()
	r.prepare(table)
	b.Logf("reading %d keys took %s, %.0f MiB", keys, time.Since(started), r.childPeak())
	for _, c := range []struct {
		name string
		dups bool
	}{{"new", false}, {"again", true}} {
		b.Run(c.name, func(b *testing.B) {
			var loads []warehouse.CommitLoad
			for range b.N {
				var seed [32]byte
				_, _ = crand.Read(seed[:])
				times := 1
				if c.dups {
					times = 2
				}
				for range times {
					loads = append(loads, r.commit(0, r.encodeOrders(0, table, format.Config{Format: "csv", Compression: "gzip"}, 20_000, rand.NewChaCha8(seed))))
				}
			}
			cpu := r.childCPU()
			b.ResetTimer()
			for _, l := range loads {
				r.load(l)
			}
			b.StopTimer()
			b.ReportMetric(float64((r.childCPU()-cpu).Microseconds())/float64(len(loads)*20_000), "cpu-µs/row")
			b.ReportMetric(r.childPeak(), "MiB")
		})
	}
}

// BenchmarkLoadBehindManyFiles loads a file of one row into a warehouse that has recorded a million.
func BenchmarkLoadBehindManyFiles(b *testing.B) {
	r := newRig(b)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	r.client.Close()
	alone(b, r.cfg, func(ctx context.Context, c *conn) error {
		_, err := c.exec(ctx, `INSERT INTO _penstock.loads SELECT 'data/orders/dt=2026-11-22/hour=05/orders-0-' || range || '-1.csv.gz', 'orders', 0, 1,
			lpad(range::varchar, 56, '4'), lpad(range::varchar, 56, '4'), 0, 0, 0, 0, 0, 'loaded', NULL, 1, now() FROM range(1000000)`)
		return err
	})
	r.start()
	var loads []warehouse.CommitLoad
	for range b.N {
		loads = append(loads, r.commit(0, r.file(0, ordersTable, rowsOf("2,b,2")...)))
	}
	cpu := r.childCPU()
	b.ResetTimer()
	for _, l := range loads {
		r.load(l)
	}
	b.StopTimer()
	b.ReportMetric(float64((r.childCPU()-cpu).Microseconds())/float64(b.N), "cpu-µs/load")
}

// fillKeys puts rows with random keys straight into the table.
func fillKeys(b *testing.B, cfg Config, n int64) {
	b.Helper()
	alone(b, cfg, func(ctx context.Context, c *conn) error {
		for done := int64(0); done < n; done += 1_000_000 {
			_, err := c.exec(ctx, fmt.Sprintf(`INSERT INTO orders (_shard, _sequence, _arrived_at, id, order_id)
				SELECT 'shardId-000000000000', lpad(range::varchar, 56, '4'), make_timestamptz(%d + range * 50), range, uuid() FROM range(%d, %d)`,
				int64(day0)*1000, done, min(n, done+1_000_000)))
			if err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, fmt.Sprintf("UPDATE _penstock.watermarks SET position = position + %d", n))
		return err
	})
}

// alone opens the database in this process, while no child has it.
func alone(b *testing.B, cfg Config, do func(context.Context, *conn) error) {
	b.Helper()
	cfg = cfg.withDefaults()
	open, err := cfg.open()
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	e, err := openEngine(ctx, open)
	if err != nil {
		b.Fatal(err)
	}
	defer e.close()
	c, err := e.session(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer c.close()
	if err := do(ctx, c); err != nil {
		b.Fatal(err)
	}
}
