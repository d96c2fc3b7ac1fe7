package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// TestE2EdgeJSONIsToldFromWhatIsNoJSON sends each file of the JSON test suite as one event.
func TestE2EdgeJSONIsToldFromWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(harness.SharedData(t), "edge", "json", "*.json"))
	if err != nil || len(files) < 100 {
		t.Skipf("the JSON test suite is not there: %v %v", len(files), err)
	}
	p := harness.Example(t, "orders").Start()
	sent := map[string][]byte{
		// Two of the suite that are too large to be carried along.
		"n_structure_100000_opening_arrays.json": []byte(strings.Repeat("[", 100_000)),
		"n_structure_open_array_object.json":     []byte(strings.Repeat(`[{"":`, 50_000)),
	}
	for _, file := range files {
		if sent[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range sent {
		putAs(t, p, "orders", name, append([]byte{}, text...))
	}
	expectLedger(t, p, 0, int64(len(sent)), 0)
	reasons := map[string]string{}
	for _, row := range p.Query("select partition_key, reason from quarantine") {
		reasons[row[0]] = row[1]
	}
	for name := range sent {
		switch reason := reasons[name]; {
		case reason == "":
			t.Errorf("%s is nowhere", name)
		case strings.HasPrefix(name, "n_") && reason != "not_json":
			t.Errorf("%s is no JSON and ended as %s", name, reason)
		case strings.HasPrefix(name, "y_") && reason == "not_json":
			t.Errorf("%s is JSON and ended as %s", name, reason)
		}
	}
	checkRaw(t, p, sent)
}

// checkRaw compares the bytes the quarantine keeps with those that were sent.
func checkRaw(t *testing.T, p *harness.Pipeline, sent map[string][]byte) {
	t.Helper()
	const bytesKept = "coalesce(from_base64(raw_base64), encode(raw))"
	for _, row := range p.Query("select partition_key, hex(" + bytesKept + ") from quarantine") {
		if want := fmt.Sprintf("%X", sent[row[0]]); row[1] != want {
			t.Errorf("%s: the quarantine keeps %.80s, sent was %.80s", row[0], row[1], want)
		}
	}
}

// TestE2StrangeValuesEndWhereTheyBelong has what breaks parsers, databases and file formats.
func TestE2StrangeValuesEndWhereTheyBelong(t *testing.T) {
	t.Parallel()
	p := harness.New(t, map[string]string{
		"pipeline.yaml": "stream: {name: strange}\n",
		"contracts/strange.yaml": lines("table: strange", "match: has(event.id)", "columns:",
			"  - {name: id, type: varchar, required: true}",
			"  - {name: body, type: varchar}",
			"  - {name: big, type: bigint}",
			"  - {name: money, type: \"decimal(38,10)\"}",
			"  - {name: near, type: double}",
			"  - {name: rest, type: json}"),
	}).Start()
	digits := strings.Repeat("1234567890", 40)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	cases := []struct{ id, field, reason, column, want string }{
		{"deepest", `"rest":` + deep(255), "", "rest", deep(255)},
		{"one deeper", `"rest":` + deep(256), "too_deep", "", ""},
		{"arrays", `"rest":` + deep(100_000), "too_deep", "", ""},
		{"objects", `"rest":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), "too_deep", "", ""},
		{"deep and broken", `"rest":` + strings.Repeat("[", 100_000), "not_json", "", ""},
		{"deep in a field nobody reads", `"other":` + deep(100_000), "too_deep", "", ""},
		{"nul", `"body":"a\u0000b"`, "invalid_text", "", ""},
		{"nul elsewhere", `"other":"a\u0000b","body":"x"`, "", "body", "x"},
		{"nul in json", `"rest":{"a":"\u0000"}`, "invalid_text", "", ""},
		{"a raw nul", "\"body\":\"a\x00b\"", "not_json", "", ""},
		{"high surrogate", `"body":"a\ud83d"`, "invalid_text", "", ""},
		{"low surrogate", `"body":"\ude00a"`, "invalid_text", "", ""},
		{"surrogates the wrong way", `"body":"\ude00\ud83d"`, "invalid_text", "", ""},
		{"surrogate in a name", `"rest":{"\ud800":1}`, "invalid_text", "", ""},
		{"a pair", `"body":"\ud83d\ude00"`, "", "body", "😀"},
		{"four bytes", `"body":"𝒳😀\U0010FFFD"`, "not_json", "", ""}, // \U is no JSON
		{"four bytes raw", `"body":"𝒳😀` + "\U0010FFFD" + `"`, "", "body", "𝒳😀\U0010FFFD"},
		{"overlong", "\"body\":\"\xc0\x80\"", "not_json", "", ""},
		{"surrogate bytes", "\"body\":\"\xed\xa0\x80\"", "not_json", "", ""},
		{"byte order mark inside", "\"body\":\"\ufeffx\"", "", "body", "\ufeffx"},
		{"400 digits as text", `"body":` + digits, "", "body", digits},
		{"400 digits as bigint", `"big":` + digits, "out_of_range", "", ""},
		{"400 digits as decimal", `"money":` + digits, "out_of_range", "", ""},
		{"400 digits as double", `"near":` + digits, "out_of_range", "", ""},
		{"400 digits as json", `"rest":[` + digits + `]`, "", "rest", "[" + digits + "]"},
		{"400 decimals as double", `"near":0.` + digits, "", "near", "0.12345678901234568"},
		{"400 decimals as decimal", `"money":0.` + digits, "not_exact", "", ""},
		{"400 zeros as decimal", `"money":1.5` + strings.Repeat("0", 400), "", "money", "1.5000000000"},
		{"a huge exponent", `"money":1e1000000000`, "out_of_range", "", ""},
		{"a tiny exponent", `"money":1e-1000000000`, "not_exact", "", ""},
		{"a zero with a huge exponent", `"money":0e1000000000`, "", "money", "0.0000000000"},
		{"the largest bigint", `"big":9223372036854775807`, "", "big", "9223372036854775807"},
		{"one more", `"big":9223372036854775808`, "out_of_range", "", ""},
		{"empty text", `"body":""`, "", "body", ""},
		{"a quote, a comma, a line end", `"body":"\",\r\n\""`, "", "body", "\",\r\n\""},
	}
	var rowsWanted, quarantined int64
	for _, c := range cases {
		putAs(t, p, "strange", c.id, []byte(fmt.Sprintf(`{"id":%q,%s}`, c.id, c.field)))
		if c.reason == "" {
			rowsWanted++
		} else {
			quarantined++
		}
	}
	expectLedger(t, p, rowsWanted, quarantined, 0)
	found := map[string]map[string]any{}
	for _, row := range rows(t, p, "select id, body, big::varchar as big, money::varchar as money, near::varchar as near, rest::varchar as rest from strange") {
		found[row["id"].(string)] = row
	}
	reasons := map[string]any{}
	for _, row := range rows(t, p, "select partition_key, reason from quarantine") {
		reasons[row["partition_key"].(string)] = row["reason"]
	}
	for _, c := range cases {
		row, loaded := found[c.id]
		switch {
		case c.reason != "" && reasons[c.id] != c.reason:
			t.Errorf("%s: reason %v (a row: %v), want %s", c.id, reasons[c.id], loaded, c.reason)
		case c.reason == "" && !loaded:
			t.Errorf("%s: no row; its reason is %v", c.id, reasons[c.id])
		case c.reason == "" && row[c.column] != c.want:
			t.Errorf("%s: %s is %.60v, want %.60s", c.id, c.column, row[c.column], c.want)
		}
	}
}

// TestE2NaughtyStringsKeepEveryCharacter sends the big list of naughty strings through every form
// of lake file.
func TestE2NaughtyStringsKeepEveryCharacter(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(harness.SharedData(t), "edge", "strings", "blns.json"))
	if err != nil {
		t.Skipf("the naughty strings are not there: %v", err)
	}
	var naughty []json.RawMessage
	if err := json.Unmarshal(text, &naughty); err != nil || len(naughty) < 500 {
		t.Fatalf("%d naughty strings: %v", len(naughty), err)
	}
	for _, delivery := range []string{
		"{format: csv, compression: gzip}", "{format: csv, compression: zstd}", "{format: csv, compression: none}", "{format: parquet}",
	} {
		t.Run(delivery, func(t *testing.T) {
			p := textsPipeline(t, delivery).Start()
			var events [][]byte
			for i, s := range naughty {
				events = append(events, fmt.Appendf(nil, `{"id":%d,"body":%s}`, i, s))
			}
			put(t, p, "texts", events...)
			s := p.WaitDelivered(int64(len(naughty)), delivered)
			got := map[string]any{}
			for _, row := range rows(t, p, "select id::varchar as id, body from texts") {
				got[row["id"].(string)] = row["body"]
			}
			refused := 0
			for i, raw := range naughty {
				if !holdable(string(raw)) {
					refused++
					continue
				}
				var want string
				if err := json.Unmarshal(raw, &want); err != nil {
					t.Fatal(err)
				}
				if body := got[fmt.Sprint(i)]; body != want {
					t.Errorf("string %d is %q, want %q", i, body, want)
				}
			}
			if s.Ledger.Quarantined != int64(refused) || s.Ledger.Loaded != int64(len(naughty)-refused) || !s.Balanced {
				t.Errorf("ledger %+v with %d strings that no warehouse holds", s.Ledger, refused)
			}
		})
	}
}

// holdable says whether a warehouse can hold a JSON text: not one with NUL or a lone surrogate.
func holdable(raw string) bool {
	lower := strings.ToLower(raw)
	return !strings.Contains(lower, `\u0000`) && !strings.Contains(lower, `\ud8`) && !strings.Contains(lower, `\udc`)
}
