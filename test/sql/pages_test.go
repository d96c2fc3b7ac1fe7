package sql

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/quarantine"
	"github.com/penstock/penstock/internal/trace"
	"github.com/penstock/penstock/test/harness"
)

// TestThePagesAskInTheSQLThatDuckDBAndSnowflakeShare: what the quarantine's page and a trace send, for hostile texts too.
func TestThePagesAskInTheSQLThatDuckDBAndSnowflakeShare(t *testing.T) {
	p, err := pipeline.Load(filepath.Join(harness.Root(t), "examples", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{queries: map[string]string{}}
	browsed(t, p.Contracts, a)
	followed(t, p.Contracts, a)
	for _, typ := range []string{"varchar", "uuid", "boolean", "integer", "bigint", "decimal(12,2)", "date", "timestamp"} {
		followed(t, keyed(t, typ), a)
	}
	if len(a.queries) < 40 {
		t.Errorf("only %d queries", len(a.queries))
	}
	if output, err := run(t, a.queries); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

var hostile = []string{"length", `it's \`, `\' or 1=1 --`, `'`, ""}

// browsed opens the quarantine's page, and samples of groups.
func browsed(t *testing.T, contracts *contract.Set, a *asked) {
	t.Helper()
	browser, err := quarantine.New(contracts, a)
	if err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{{}, since} {
		if _, err := browser.Overview(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for _, text := range hostile {
			if _, err := browser.Sample(t.Context(), quarantine.Which{Reason: &text, Contract: &text, Field: &text, Since: at}, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// keyed are contracts of one table whose key has the type.
func keyed(t *testing.T, typ string) *contract.Set {
	t.Helper()
	text := "table: things\nmatch: has(event.name)\nkey: name\ncolumns:\n  - {name: name, type: \"" + typ + "\", required: true}\n"
	set, err := contract.Compile([]contract.Source{{Name: "contracts/things.yaml", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// followed looks for keys of every type, and follows what it finds.
func followed(t *testing.T, contracts *contract.Set, a *asked) {
	t.Helper()
	a.table = contracts.Tables()[0].Name
	tracer, err := trace.New(trace.Config{Shards: []event.Shard{shard}, Contracts: contracts},
		trace.Deps{Log: oneRecord{}, Catalog: oneCommit{}, Warehouse: a, Lake: noLake{}})
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"0a8df1c2-0000-4000-8000-00000000000f", "true", "42", "-0012.50", "2026-11-22", "2026-11-22T05:00:00Z", "0:1", number}
	for _, key := range append(keys, hostile...) {
		if key == "" {
			continue
		}
		if _, err := tracer.Trace(t.Context(), key); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
}

var (
	shard  = event.Shard{Stream: "orders", Created: 1_763_000_000}
	number = shard.SequenceNumber(1, 1_763_000_000_000)
)

// asked is a warehouse that keeps what it is asked, and answers as little as makes callers ask on.
type asked struct {
	queries map[string]string
	table   string
}

func (a *asked) Select(_ context.Context, sql string) ([]string, [][]*string, error) {
	a.queries[fmt.Sprint("query ", len(a.queries)+1)] = sql
	row := func(cells ...string) ([]string, [][]*string, error) {
		var all []*string
		for i := range cells {
			all = append(all, &cells[i])
		}
		return []string{contract.ShardColumn, contract.SequenceColumn}, [][]*string{all}, nil
	}
	const at = "2026-11-22T05:00:00Z"
	switch {
	case strings.HasPrefix(sql, "SELECT reason, contract, field, count(*), min("):
		return row("missing_field", "orders", "country", "5", at, at, "5", at, at)
	case strings.HasPrefix(sql, "SELECT raw FROM quarantine"):
		return row(`{"order_id": "x"}`)
	case strings.HasPrefix(sql, "SELECT count(*)"):
		return row("3")
	case strings.Contains(sql, `FROM "`+a.table+`"`):
		return row(shard.ID(), number)
	}
	return nil, nil, nil
}

func (a *asked) Watermark(context.Context, int) (uint64, error) { return 1, nil }

func (a *asked) Loads(context.Context, int, string, string, int) ([]trace.Load, error) {
	return []trace.Load{{File: "data/" + a.table + "/1.csv", Table: a.table, Number: 1, Status: "loaded"}}, nil
}

// oneRecord is a stream whose one record is no longer retained.
type oneRecord struct{ trace.Log }

func (oneRecord) Bounds(int) (first, last uint64, err error) { return 2, 1, nil }
func (oneRecord) Bytes() int64                               { return 0 }
func (oneRecord) Record(context.Context, int, uint64) (event.Record, bool, error) {
	return event.Record{}, false, nil
}

// oneCommit delivered it.
type oneCommit struct{ trace.Catalog }

func (oneCommit) Position(int) uint64 { return 1 }
func (oneCommit) CommitOf(context.Context, int, uint64) (catalog.Commit, error) {
	return catalog.Commit{Number: 1, Position: 1}, nil
}

type noLake struct{}

func (noLake) Row(context.Context, string, string) (map[string]string, bool, error) {
	return nil, false, nil
}
