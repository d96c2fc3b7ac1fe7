package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

func TestQueryGivesExactValues(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,5761931.381", "2,,0.001")...)))
	for sql, want := range map[string]string{
		"select sum(id * price) from orders":                                                                  "5761931.383",
		"select sum(price), count(*), count(name) from orders":                                                "5761931.382|2|1",
		"select 170141183460469231731687303715884105727::hugeint, -1::bigint":                                 "170141183460469231731687303715884105727|-1",
		"select 0.1::double, 1e300, 'nan'::double, 1/3::float":                                                "0.1|1e+300|nan|0.33333334",
		"select timestamptz '2026-01-02 03:04:05.678+01', timestamp '2026-01-02 03:04:05', date '2026-01-02'": "2026-01-02T02:04:05.678Z|2026-01-02T03:04:05|2026-01-02",
		"select [1, null, 2.5], {'a': 1, 'b': 'x'}, map {'k': 1}":                                             `[1.0,null,2.5]|{"a":1,"b":"x"}|{"k":1}`,
		"select '\\x00'::blob, true, null, '', '💧', interval 1 month":                                         `\x00|true|NULL||💧|1 month`,
		"select 1 as a, 2 as a":        "1|2",
		"select '{\"a\": 1.10}'::json": `{"a": 1.10}`,
		"with recursive t(n) as (select 1 union all select n+1 from t where n<5) select sum(n) from t": "15",
		"from orders select count(*)": "2",
		"select 1; -- done":           "1",
		"/* x */ select 1 -- y":       "1",
		"values (1), (2)":             "1\n2",
		"show tables":                 "orders\nquarantine",
		"select * from (select * from orders) union all select * from orders limit 0": "",
		"select count(*) from information_schema.tables where table_name = 'orders'":  "1",
		"select count(*) from duckdb_tables() where table_name = 'orders'":            "1",
		"select * from unnest([1,2])": "1\n2",
		"select (select max(id) from warehouse.main.orders), (select count(*) from main.orders), (select count(*) from warehouse.orders)": "2|2|2",
	} {
		rows, err := queryRows(r.client, sql, Limits{})
		if got := strings.Join(rows, "\n"); err != nil || got != want {
			t.Errorf("%s\n got %q, %v\nwant %q", sql, got, err, want)
		}
	}
}

func TestQueryKeepsOrder(t *testing.T) {
	r := newRig(t)
	rows := r.query("select range from range(300000) order by (range * 7919) % 300007")
	other := r.query("select range, (range * 7919) % 300007 as o from range(300000) order by o")
	if len(rows) != 300_000 {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range rows {
		if rows[i] != strings.Split(other[i], "|")[0] {
			t.Fatalf("row %d is %s and %s", i, rows[i], other[i])
		}
	}
	last := int64(-1)
	for i, o := range other {
		var a, b int64
		fmt.Sscanf(o, "%d|%d", &a, &b)
		if b <= last {
			t.Fatalf("row %d is out of order", i)
		}
		last = b
	}
}

func TestQueryColumnsHaveTypes(t *testing.T) {
	r := newRig(t)
	if _, err := queryRows(r.client, "show all tables", Limits{}); err != nil {
		t.Error(err)
	}
	rows, err := r.client.Query(context.Background(), `select 1::decimal(18,3) as "a b", 'x', [1], now(), true, '1'::json, 1::hugeint`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	equal(t, "columns", rows.Columns, []Column{
		{"a b", "DECIMAL(18,3)", KindNumber}, {"'x'", "VARCHAR", KindText}, {"main.list_value(1)", "INTEGER[]", KindJSON},
		{"now()", "TIMESTAMP WITH TIME ZONE", KindTime}, {"CAST('t' AS BOOLEAN)", "BOOLEAN", KindBoolean}, {"CAST('1' AS \"json\")", "JSON", KindJSON},
		{`CAST(1 AS "HUGEINT")`, "HUGEINT", KindNumber},
	})
}

// Every way known to write, to read files, or to get at the process.
func TestQueryRefusesAttacks(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	f := r.file(0, ordersTable, rowsOf("1,a,1")...)
	r.load(r.commit(0, f))
	lake := filepath.Join(r.dir, "lake")
	out := filepath.Join(lake, "out.csv")
	attacks := []string{
		"copy orders to '" + out + "'", "copy (select 1) to '" + out + "'", "export database '" + lake + "/x'", "import database '" + lake + "/x'",
		"copy orders from '" + f.Path + "'",
		"select * from read_text('/etc/passwd')", "select * from read_text('" + f.Path + "')", "select * from read_blob('" + f.Path + "')",
		"select * from read_csv('" + f.Path + "')", "select * from read_csv_auto('" + f.Path + "')", "select * from READ_CSV('" + f.Path + "')",
		"select * from system.main.read_csv('" + f.Path + "')", `select * from "read_csv"('` + f.Path + "')",
		"select * from read_json('" + f.Path + "')", "select * from read_parquet('" + f.Path + "')", "select * from parquet_scan('" + f.Path + "')",
		"select * from parquet_metadata('" + f.Path + "')", "select * from parquet_schema('" + f.Path + "')", "select * from sniff_csv('" + f.Path + "')",
		"select * from glob('" + lake + "/*')", "select * from read_duckdb('" + f.Path + "')",
		"select * from '" + f.Path + "'", `select * from "` + f.Path + `"`, "from '" + f.Path + "'", "select * from '/etc/passwd'",
		`with "` + f.Path + `" as (select 1) select * from (select * from "` + f.Path + `")`,
		`select (with "` + f.Path + `" as (select 1) select 1), (select count(*) from "` + f.Path + `")`,
		`with csv as (select 1) select * from "` + strings.TrimSuffix(f.Path, ".csv") + `".csv`,
		`with csv as (select 1) select * from "x"."` + strings.TrimSuffix(f.Path, ".csv") + `".csv`,
		"describe '" + f.Path + "'", "summarize '" + f.Path + "'", "describe select * from read_csv('" + f.Path + "')", "summarize select * from '" + f.Path + "'",
		"select * from query('select 1')", "select * from query_table('orders')", "select * from query('copy orders to ''" + out + "''')",
		"select * from histogram('" + f.Path + "', 'id')", "select * from histogram_values('" + f.Path + "', 'id')",
		"select * from json_execute_serialized_sql('{}')", "pragma json_execute_serialized_sql('{}')",
		"select 1; drop table orders", "select 1; select 2", "drop table orders", "; drop table orders", "select 1;;drop table orders;",
		"delete from orders", "update orders set id = 2", "insert into orders select * from orders", "merge into orders using orders o on true when matched then delete",
		"truncate orders", "alter table orders drop column id", "create table x as select 1", "create temp table x as select 1", "create view v as select 1",
		"create macro m() as 1", "create or replace macro sum(x) as 1", "create function f(x) as x", "create schema s", "create sequence s", "create type t as enum ('a')",
		"with d as (delete from orders returning *) select * from d", "with d as (insert into orders select * from orders returning *) select * from d",
		"explain analyze delete from orders", "explain select 1", "explain analyze copy orders to '" + out + "'",
		"attach '" + lake + "/x.db'", "attach ':memory:' as m", "detach warehouse", "use memory",
		"install httpfs", "load httpfs", "force install httpfs from 'http://x'", "update extensions",
		"set memory_limit = '100GB'", "set global enable_external_access = true", "reset all", "set variable x = 1", "pragma threads = 4", "pragma enable_profiling", "call pragma_version()",
		"prepare p as select 1", "execute p", "deallocate p", "begin", "commit", "rollback", "checkpoint", "force checkpoint", "vacuum", "analyze", "comment on table orders is 'x'",
		"select nextval('s')", "select write_log('x')", "select pg_sleep(1)", "select sleep_ms(100)", "select getenv('PATH')", "select current_setting('allowed_directories')",
		"select _penstock_known_key(0, 1::ubigint, 1)", "select * from duckdb_secrets()", "select * from which_secret('s3://x', 's3')", "select * from duckdb_settings()", "select * from duckdb_logs()",
		"select * from pg_settings", "select * from pg_catalog.pg_settings", "select * from pragma_database_list", "select * from duckdb_databases", "select * from system.main.duckdb_databases", "select * from duckdb_databases()", "select * from duckdb_logs", "select * from system.main.pragma_database_list",
		"select * from enable_logging()", "select * from enable_profiling()", "select * from checkpoint()", "select * from force_checkpoint()", "select * from truncate_duckdb_logs()",
		"select * from arrow_scan(1, 1, 1)", "select * from seq_scan()", "select * from disable_peg_parser()", "select * from check_peg_parser('x')",
		"select $1", "select ?", "pivot orders on id using sum(price)", "", " ;; ", "selec 1", "select * from nothing", "select '\x00'",
		"select * from ｒｅａｄ_text('/etc/passwd')", "select\u00a0*\u00a0from\u00a0read_text('/etc/passwd')", "select /* */ * from /**/ read_text /**/ ('/etc/passwd')",
		"select * from 'http://127.0.0.1:1/x.csv'", "select * from 's3://b/x.parquet'", "select * from 'x.db'.t", "select * from memory.main.x",
		"select " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
	}
	for _, sql := range attacks {
		rows, err := queryRows(r.client, sql, Limits{Timeout: 5 * time.Second})
		if err == nil {
			t.Errorf("%.200s gave %d rows", sql, len(rows))
		}
		var e *event.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Code, "query_") {
			t.Errorf("%.200s: %v", sql, err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a query wrote into the lake")
	}
	equal(t, "deaths", r.client.Deaths(), 0)
	equal(t, "rows", r.query("select count(*) from orders"), []string{"1"})
}

// Functions that follow nesting with the thread's stack would end the process; the others may be given
// anything.
func TestDeeplyNestedValuesEndNoProcess(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	deep := map[string]string{
		"array":  "(repeat('[', 100000) || repeat(']', 100000))",
		"object": `(repeat('{"a":', 100000) || '1' || repeat('}', 100000))`,
	}
	for name, value := range deep {
		for _, sql := range []string{
			"select json_structure($)", "select JSON_Structure(x) from (select $ as x)", "select main.json_structure($)", "select ($).json_structure()",
			"select json_group_structure(x::json) from (select $ as x)", "select json_contains($, '1')", "select json_merge_patch($, $)",
			"select json_transform('[]', $)", "select json_transform_strict('[]', $)", "select from_json('[]', $)", "select from_json_strict('[]', $)",
			"select json_deserialize_sql($::json)", "select ($::json)::variant", "select cast($::json as Variant)", `select ($::json)::"variant"`, "select try_cast($::json as variant)",
			"select ([$::json])::variant[]", "select {'a': $::json}::struct(a variant)", "select variant_typeof($::json)", "select variant_extract($::json, 'a')",
		} {
			_, err := queryRows(r.client, strings.ReplaceAll(sql, "$", value), Limits{})
			var e *event.Error
			if !errors.As(err, &e) || e.Code != "query_refused" {
				t.Errorf("%s of %s: %v", sql, name, err)
			}
		}
		for _, sql := range []string{
			"select json_valid($)", "select json_keys($)", "select json_array_length($)", "select json_type($)", "select json_extract($, 'a')", "select $::json -> 0", "select $ ->> 'a'",
			"select count(*) from json_each($)", "select length($::json)", "select to_json($::json)", "select json_quote($::json)", "select json_array($::json, 1)", "select json_object('a', $::json)",
			"select distinct $::json from range(3)", "select json_group_array($::json)", "select json_exists($, 'a')", "select json_value($, 'a')",
		} {
			if _, err := queryRows(r.client, strings.ReplaceAll(sql, "$", value), Limits{}); err != nil {
				t.Errorf("%s of %s: %v", sql, name, err)
			}
		}
	}
	equal(t, "deaths", r.client.Deaths(), 0)
	equal(t, "of a usual value", r.query(`select '{"a":[1,2]}'::json -> 'a' ->> 1`), "[2]")
}

func TestQueryLimits(t *testing.T) {
	r := newRig(t)
	t.Run("time", func(t *testing.T) {
		started := time.Now()
		_, err := queryRows(r.client, "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 7", Limits{Timeout: 300 * time.Millisecond})
		var e *event.Error
		if !errors.As(err, &e) || e.Code != "query_timeout" {
			t.Fatal(err)
		}
		if took := time.Since(started); took > time.Minute {
			t.Fatalf("it took %s to stop", took)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err := r.client.Query(ctx, "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = 7", Limits{})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
	t.Run("rows", func(t *testing.T) {
		rows, err := r.client.Query(context.Background(), "select * from range(1000000000000)", Limits{Rows: 5000})
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for {
			if _, err = rows.Next(); err != nil {
				break
			}
			n++
		}
		equal(t, "rows", n, 5000)
		equal(t, "truncated", rows.Truncated, "the result was cut after 5000 rows")
	})
	t.Run("bytes", func(t *testing.T) {
		rows, err := queryRows(r.client, "select repeat('x', 1000) from range(1000000)", Limits{Bytes: 100_000})
		if err != nil || len(rows) > 110 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	})
	t.Run("temporary space", func(t *testing.T) {
		r.client.Close()
		r.cfg.TempLimit, r.cfg.MemoryLimit = 20*mib, 64*mib
		r.start()
		_, err := queryRows(r.client, "select range, md5(range::varchar) as m from range(20000000) order by m, range limit 1 offset 10000000", Limits{})
		var e *event.Error
		if !errors.As(err, &e) || e.Code != "query_memory" {
			t.Fatal(err)
		}
	})
	equal(t, "still there", r.query("select 1"), []string{"1"})
}

func TestQueryThatEatsMemoryHurtsNobodyElse(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	for _, sql := range []string{
		"select length(string_agg(repeat('x', 1000000), '')) from range(5000)",
		"select length(repeat('x', 3000000000))",
		"select count(distinct md5(range::varchar)) from range(30000000)",
		"select list(range) from range(200000000)",
		"select length(list(repeat('y', 100000))::varchar) from range(100000)",
	} {
		if rows, err := queryRows(r.client, sql, Limits{Timeout: 3 * time.Second}); err != nil {
			t.Logf("%s: %v", sql, err)
		} else {
			t.Logf("%s: %.80s", sql, rows)
		}
		r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	}
	t.Logf("the child died %d times", r.client.Deaths())
	equal(t, "rows", r.query("select count(*) from orders"), []string{"6"})
}

func TestQueryTellsHowTextsAreQuoted(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	for sql, want := range map[string]string{
		`select * from orders where name = "Ireland"`:              "'Ireland'",
		`select * from orders o where o.name in ("O'Neill", 'x')`:  "'O''Neill'",
		"select *\nfrom orders\nwhere name = \"two\nlines\"":       "'two\nlines'",
		`select * from orders where name = "a ""b"""`:              `'a "b"'`,
		`select * from orders where nam = 'Ireland'`:               "",
		`select * from orders where name = "Ireland" and "nm" = 1`: "'Ireland'",
		`select "ordrs".name from orders`:                          "",
	} {
		_, err := queryRows(r.client, sql, Limits{})
		e, ok := errors.AsType[*event.Error](err)
		if !ok || e.Code != "query_failed" || !strings.Contains(e.Message, "Binder Error") || (want == "") != (e.Hint == "") || !strings.Contains(e.Hint, want) {
			t.Errorf("%s: %v, want the hint %q", sql, err, want)
		}
	}
}
