package duckdb

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// testConn is a connection to a database inside the test's process.
func testConn(t *testing.T, dirs ...string) *conn {
	t.Helper()
	cfg, err := Config{Path: filepath.Join(t.TempDir(), "w.duckdb"), Dirs: dirs, MemoryLimit: 64 << 20, TempLimit: 1 << 20}.withDefaults().open()
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	c, err := e.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// TestErrorsAreOfTheKindDuckDBSays compares with the simple way of running a statement, which tells
// the kind.
func TestErrorsAreOfTheKindDuckDBSays(t *testing.T) {
	lake := t.TempDir()
	c := testConn(t, lake)
	if _, err := c.exec(t.Context(), "create table t (a integer)"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"select * from nowhere",
		"select * from read_csv('" + lake + "/none.csv')", // while it is prepared
		"select * from read_csv('/elsewhere.csv')",
		"select 'x'::integer",
		"insert into t select 'x' || range from range(3)",
		"create table u as select a.range, md5(a.range::varchar) m from range(30000000) a order by m", // no memory, no room to spill
		"rollback",
	} {
		plain := c.all(sql, func(*bindings.Result) error { return nil })
		_, err := c.exec(t.Context(), sql)
		if plain == nil || err == nil {
			t.Errorf("%s: %v; DuckDB says %v", sql, err, plain)
		}
		for _, kind := range kinds {
			if isKind(plain, kind) != isKind(err, kind) {
				t.Errorf("%s: %v; DuckDB says %v", sql, err, plain)
			}
		}
	}
}

func TestAnAbortedTransactionIsToldAsSuch(t *testing.T) {
	c := testConn(t)
	for _, sql := range []string{"create table t (a integer primary key)", "begin transaction", "insert into t values (1)"} {
		if _, err := c.exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.exec(t.Context(), "insert into t values (1)"); err == nil {
		t.Fatal("the same key went in twice")
	}
	if _, err := c.exec(t.Context(), "select 1"); !isKind(err, bindings.ErrorTypeTransaction) {
		t.Errorf("after a failure: %v", err)
	}
}

func TestAStatementIsInterrupted(t *testing.T) {
	c := testConn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := c.exec(ctx, "select count(*) from range(3000000) a, range(3000000) b where a.range + b.range = 7")
	if !errors.Is(err, context.DeadlineExceeded) || !isKind(err, bindings.ErrorTypeInterrupt) {
		t.Errorf("got %v", err)
	}
	if n, err := c.exec(t.Context(), "create table t as select * from range(10)"); err != nil || n < 0 {
		t.Errorf("the connection is of no use afterwards: %v", err)
	}
}

func TestExecCountsAndRunsAll(t *testing.T) {
	c := testConn(t)
	for _, test := range []struct {
		sql     string
		changed int64
	}{
		{"create table t (a integer); insert into t values (1), (2)", 2},
		{"insert into t select range from range(100000)", 100_000},
		{"delete from t where a >= 50000", 50_000},
	} {
		if n, err := c.exec(t.Context(), test.sql); err != nil || n != test.changed {
			t.Errorf("%s: %d, %v", test.sql, n, err)
		}
	}
	sum := int64(0)
	if err := c.rows(t.Context(), "select a::bigint from t", func(r row) error { sum += r.int(0); return nil }); err != nil || sum != 49_999*25_000+3 {
		t.Errorf("%d, %v", sum, err)
	}
}
