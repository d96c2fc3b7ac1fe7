package snowflake

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// answering is a server of Snowflake's protocol that answers every query with the same result, in the format JSON.
type answering struct {
	types  []map[string]any
	rows   [][]*string
	logout chan struct{}
}

func (a answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data := map[string]any{}
	switch {
	case strings.HasSuffix(r.URL.Path, "/login-request"):
		data = map[string]any{"token": "t", "masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 3600,
			"parameters": []any{}, "sessionInfo": map[string]any{}}
	case strings.HasSuffix(r.URL.Path, "/query-request"):
		data = map[string]any{"parameters": []any{}, "rowtype": a.types, "rowset": a.rows, "total": len(a.rows), "returned": len(a.rows),
			"queryId": "1", "queryResultFormat": "json", "statementTypeId": 4096}
	case r.URL.Query().Get("delete") == "true":
		defer func() { a.logout <- struct{}{} }()
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": data}) // a client that is gone has its error
}

// reading is a reader at the server.
func reading(t *testing.T, a answering) *Reader {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(t.Context(), Config{Account: "a", User: "u", Key: key, Database: "D", Schema: "S", Stream: "orders", Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func returned(name, kind string, precision, scale int) map[string]any {
	return map[string]any{"name": name, "type": kind, "precision": precision, "scale": scale, "length": 0, "byteLength": 0, "nullable": true}
}

func row(cells ...string) []*string {
	var all []*string
	for i := range cells {
		if cells[i] == "NULL" {
			all = append(all, nil)
		} else {
			all = append(all, &cells[i])
		}
	}
	return all
}

// TestCellsAreTheTextsThatDuckDBHas, as Snowflake's JSON has them: whole numbers of any length, decimals with their scale,
// booleans as 1 and 0, days and seconds since 1970, documents with line breaks.
func TestCellsAreTheTextsThatDuckDBHas(t *testing.T) {
	r := reading(t, answering{logout: make(chan struct{}, 1), types: []map[string]any{
		returned("N", "fixed", 18, 0), returned("ID", "fixed", 19, 0), returned("HUGE", "fixed", 38, 0), returned("COST", "fixed", 12, 2), returned("SUM", "fixed", 38, 2),
		returned("OK", "boolean", 0, 0), returned("AT", "timestamp_tz", 0, 9), returned("Day", "date", 0, 0), returned("TEXT", "text", 0, 0),
		returned("REAL", "real", 0, 0), returned("DOC", "variant", 0, 0),
	}, rows: [][]*string{
		row("42", "9223372036854775807", "-99999999999999999999999999999999999999", "39.80", "123456789012345678901234567890.05", "1",
			"1764046800.123456000 1440", "20414", `it's "\`, "1.500000000000000e+00", "{\n  \"a\": [ 1.10, \"b c\" ]\n}"),
		row("0", "-1", "0", "-0.05", "0", "0", "0.000000000 1500", "-1", "", "1e+20", "null"),
		row("NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"),
	}})
	rows, err := r.Query(t.Context(), "select * from t", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rows.Columns), "[{n BIGINT} {id BIGINT} {huge BIGINT} {cost DECIMAL(12,2)} {sum DECIMAL(38,2)} {ok BOOLEAN} "+
		"{at TIMESTAMP WITH TIME ZONE} {Day DATE} {text VARCHAR} {real DOUBLE} {doc JSON}]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, want := range []string{
		`42|9223372036854775807|-99999999999999999999999999999999999999|39.80|123456789012345678901234567890.05|true|2025-11-25T05:00:00.123456Z|2025-11-22|it's "\|1.5|{"a":[1.10,"b c"]}|`,
		`0|-1|0|-0.05|0.00|false|1970-01-01T00:00:00Z|1969-12-31||1e+20|null|`,
		`NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|`,
	} {
		cells, err := rows.Next()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, cell := range cells {
			if cell == nil {
				got += "NULL|"
			} else {
				got += *cell + "|"
			}
		}
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if _, err := rows.Next(); !errors.Is(err, io.EOF) || rows.Truncated != "" {
		t.Errorf("%v, %q", err, rows.Truncated)
	}
	if err := errors.Join(rows.Close(), r.Close()); err != nil {
		t.Error(err)
	}
}

func TestAResultIsBounded(t *testing.T) {
	out := make(chan struct{}, 1)
	r := reading(t, answering{logout: out, types: []map[string]any{returned("A", "text", 0, 0)}, rows: [][]*string{row("aaaa"), row("bbbb"), row("cccc")}})
	for _, tc := range []struct {
		limits Limits
		want   int
		cut    bool
	}{{Limits{Rows: 3}, 3, false}, {Limits{Rows: 2}, 2, true}, {Limits{Rows: -1, Bytes: -1}, 3, false}, {Limits{Bytes: 18}, 3, false}, {Limits{Bytes: 17}, 2, true}} {
		rows, err := r.Query(t.Context(), "select a from t", tc.limits)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err = rows.Next(); err == nil; _, err = rows.Next() {
			n++
		}
		if !errors.Is(err, io.EOF) || n != tc.want || (rows.Truncated != "") != tc.cut {
			t.Errorf("%+v: %d rows, cut %q, %v", tc.limits, n, rows.Truncated, err)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Query(t.Context(), "drop table t", Limits{}); err == nil {
		t.Error("DROP was let through")
	} else if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != "query_refused" {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	<-out // the session is closed
}

func TestTextsOfNumbers(t *testing.T) {
	for _, tc := range []struct {
		cell any
		kind string
		want string
	}{
		{big.NewInt(7), "BIGINT", "7"}, {*big.NewInt(-7), "BIGINT", "-7"}, {big.NewFloat(1.25), "DECIMAL(12,3)", "1.250"}, {*big.NewFloat(-0.5), "DECIMAL(3,2)", "-0.50"},
		{1e6, "DOUBLE", "1000000.0"}, {0.1, "DOUBLE", "0.1"}, {1e16, "DOUBLE", "1e+16"}, {1e-5, "DOUBLE", "1e-05"}, {0.0, "DOUBLE", "0.0"},
		{"inf", "DOUBLE", "inf"}, {"-inf", "DOUBLE", "-inf"}, {"NaN", "DOUBLE", "nan"}, {"5", "DECIMAL(12,2)", "5.00"}, {true, "BOOLEAN", "true"},
	} {
		if got := text(tc.cell, tc.kind); got != tc.want {
			t.Errorf("%v as %s: %s, want %s", tc.cell, tc.kind, got, tc.want)
		}
	}
}
