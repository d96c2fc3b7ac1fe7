package duckdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// TestMain is also the child: tests start this binary with the command's name.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Command {
		if err := ServeChild(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var ordersTable = &contract.Table{Name: "orders", Columns: []contract.Column{
	{Name: "id", Type: contract.Type{Kind: contract.Bigint}, Required: true},
	{Name: "name", Type: contract.Type{Kind: contract.Varchar}},
	{Name: "price", Type: contract.Type{Kind: contract.Decimal, Precision: 18, Scale: 3}},
}}

var plainTable = contract.Table{Name: "plain", Columns: ordersTable.Columns}

var clockColumn = contract.Column{Name: "clock", Type: contract.Type{Kind: contract.Timestamp}}

// rig is a warehouse with a folder of lake files.
type rig struct {
	t      testing.TB
	dir    string
	cfg    Config
	client *Client
	next   map[int]uint64 // commit numbers
	seq    map[int]uint64
	// committed is the position of each shard.
	committed map[int]uint64
	files     int
	deaths    int64
}

const day0 = 1_763_800_000_000 // milliseconds

func newRig(t testing.TB) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, next: map[int]uint64{}, seq: map[int]uint64{}, committed: map[int]uint64{}}
	lake := filepath.Join(dir, "lake")
	if err := os.MkdirAll(lake, 0o755); err != nil {
		t.Fatal(err)
	}
	r.cfg = Config{Path: filepath.Join(dir, "warehouse", "penstock.duckdb"), Dirs: []string{lake}}
	r.start()
	t.Cleanup(func() { r.client.Close() })
	return r
}

func (r *rig) start() {
	r.t.Helper()
	c, err := Start(context.Background(), r.cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.client = c
}

func (r *rig) restart() {
	r.t.Helper()
	r.deaths += r.client.Deaths()
	r.client.Close()
	r.start()
}

func (r *rig) shard(i int) event.Shard {
	return event.Shard{Stream: "orders", Index: i, Created: 1_763_000_000}
}

// line is a row behind its metadata columns, as CSV.
type line struct {
	values string
	// arrived in milliseconds; 0: as many milliseconds after day0 as its sequence.
	arrived int64
}

// file writes a CSV file with the next records of a shard.
func (r *rig) file(shard int, table *contract.Table, lines ...line) warehouse.FileLoad {
	r.t.Helper()
	var b strings.Builder
	b.WriteString("_shard,_sequence,_arrived_at")
	for _, c := range table.Columns {
		b.WriteString("," + c.Name)
	}
	b.WriteString("\n")
	f := warehouse.FileLoad{Status: warehouse.StatusLoaded, Format: "csv", Columns: table.Columns, Key: table.Key, KeyWindow: table.KeyWindow}
	f.Table, f.Rows, f.First = table.Name, int64(len(lines)), r.seq[shard]+1
	for _, l := range lines {
		r.seq[shard]++
		at := l.arrived
		if at == 0 {
			at = day0 + int64(r.seq[shard])
		}
		if f.FirstArrived == 0 {
			f.FirstArrived = at
		}
		f.LastArrived = max(f.LastArrived, at)
		row := fmt.Sprintf("%s,%s,%s,%s\n", event.ShardID(shard), r.shard(shard).SequenceNumber(r.seq[shard], at),
			time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000000Z"), l.values)
		f.LongestRow = max(f.LongestRow, int64(len(row)))
		b.WriteString(row)
	}
	f.Last = r.seq[shard]
	r.files++
	f.Name = fmt.Sprintf("data/%s/%d.csv", table.Name, r.files)
	r.write(&f, b.String())
	return f
}

func (r *rig) write(f *warehouse.FileLoad, content string) {
	r.t.Helper()
	f.Path = filepath.Join(r.dir, "lake", filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	f.Bytes, f.SHA256 = int64(len(content)), hex.EncodeToString(sum[:])
}

// commit makes a commit of files of one shard.
func (r *rig) commit(shard int, files ...warehouse.FileLoad) warehouse.CommitLoad {
	r.next[shard]++
	c := warehouse.CommitLoad{Source: r.shard(shard), Loads: files}
	c.First, c.Last = r.committed[shard]+1, r.seq[shard]
	r.committed[shard] = r.seq[shard]
	c.Number, c.Kind, c.Shard, c.Position, c.Version = r.next[shard], catalog.CommitRange, shard, r.seq[shard], "v1"
	for _, f := range files {
		c.Files = append(c.Files, f.File)
	}
	return c
}

func (r *rig) load(commits ...warehouse.CommitLoad) warehouse.Result {
	r.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		result, err := r.client.Load(context.Background(), warehouse.Batch{Commits: commits})
		if err == nil {
			return result
		}
		if !errors.Is(err, warehouse.ErrUnavailable) || time.Now().After(deadline) {
			r.t.Fatal(err)
		}
	}
}

// query returns a result's rows, each with its cells joined by "|" and NULL for nulls.
func (r *rig) query(sql string) []string {
	r.t.Helper()
	rows, err := queryRows(r.client, sql, Limits{})
	if err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func queryRows(c *Client, sql string, limits Limits) ([]string, error) {
	rows, err := c.Query(context.Background(), sql, limits)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var got []string
	for {
		cells, err := rows.Next()
		if err != nil {
			if err.Error() == "EOF" {
				return got, nil
			}
			return got, err
		}
		var texts []string
		for _, c := range cells {
			if c.Null {
				texts = append(texts, "NULL")
			} else {
				texts = append(texts, c.Text)
			}
		}
		got = append(got, strings.Join(texts, "|"))
	}
}

func (r *rig) snapshot() warehouse.Snapshot {
	r.t.Helper()
	s, err := r.client.Snapshot(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) prepare(tables ...*contract.Table) {
	r.t.Helper()
	if err := r.client.Prepare(context.Background(), tables); err != nil {
		r.t.Fatal(err)
	}
}

func rowsOf(values ...string) []line {
	lines := make([]line, len(values))
	for i, v := range values {
		lines[i] = line{values: v}
	}
	return lines
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s:\n got %v\nwant %v", what, got, want)
	}
}
