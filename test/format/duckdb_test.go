package format

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// names of every way to encode a file.
var names = []string{"csv", "csv.gz", "csv.zst", "parquet", "zstd.parquet", "gz.parquet", "plain.parquet"}

func duckdb(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, setting := range []string{"SET TimeZone='UTC'", "SET autoinstall_known_extensions=false", "SET threads=2"} {
		if _, err := db.Exec(setting); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// sqlType is a column's type in DuckDB.
func sqlType(t contract.Type) string {
	switch t.Kind {
	case contract.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case contract.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	}
	return strings.ToUpper(t.String())
}

// scan is the table function that reads a file of the table the way loaders must: nothing sniffed.
func scan(name, path string, table *contract.Table) string {
	if strings.HasSuffix(name, "parquet") {
		return fmt.Sprintf("read_parquet('%s')", path)
	}
	var columns []string
	for _, c := range append(contract.MetadataColumns(), table.Columns...) {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", c.Name, sqlType(c.Type)))
	}
	return fmt.Sprintf(`read_csv('%s', auto_detect=false, header=true, delim=',', quote='"', escape='"', nullstr='',
		allow_quoted_nulls=false, max_line_size=16777216, columns={%s})`, path, strings.Join(columns, ", "))
}

var shard = event.Shard{Index: 3, Created: 1795000000}

func write(t testing.TB, name string, table *contract.Table, rows [][]contract.Value) (path string) {
	t.Helper()
	cfg, err := format.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := format.New(cfg, table)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		arrived := int64(1795326367123 + i)
		m := format.Meta{Shard: shard.ID(), Sequence: shard.AppendSequenceNumber(nil, uint64(i+1), arrived), ArrivedMillis: arrived}
		if err := e.Append(m, row); err != nil {
			t.Fatal(err)
		}
	}
	body, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "file."+name)
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// texts reads the columns of a query as text; NULL is nil.
func texts(t testing.TB, db *sql.DB, query string, args ...any) [][]any {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]any
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
