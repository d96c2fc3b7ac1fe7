package contract_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

func TestQuarantineKeepsTheBytesExactly(t *testing.T) {
	for name, tc := range map[string]struct{ data, raw string }{
		"text":          {"{\"a\": \"ä\U0001F600\r\n\"", "{\"a\": \"ä\U0001F600\r\n\""},
		"empty":         {"", ""},
		"replacement":   {"a\uFFFDb", "a\uFFFDb"},
		"NUL":           {"a\x00b", "a\uFFFDb"},
		"not UTF-8":     {"a\xff\xc3(b", "a\uFFFD\uFFFD(b"},
		"cut character": {"ab\xe2\x82", "ab\uFFFD\uFFFD"},
	} {
		row := (&contract.QuarantineRow{}).Fill([]byte(tc.data), "k\x00\xff", contract.Outcome{Reason: event.ReasonNotJSON, Detail: "x"}, "c1-1")
		if len(row) != len(contract.QuarantineTable().Columns) {
			t.Fatalf("%d values", len(row))
		}
		if string(row[6].Bytes) != tc.raw {
			t.Errorf("%s: raw is %q, want %q", name, row[6].Bytes, tc.raw)
		}
		if got := string(row[5].Bytes); got != "k\uFFFD\uFFFD" {
			t.Errorf("%s: partition key is %q", name, got)
		}
		if row[7].Null != (tc.raw == tc.data) {
			t.Errorf("%s: raw_base64 null is %v", name, row[7].Null)
		}
		if exact, err := base64.StdEncoding.DecodeString(string(row[7].Bytes)); !row[7].Null && (err != nil || string(exact) != tc.data) {
			t.Errorf("%s: raw_base64 is %q, %v", name, exact, err)
		}
		if !row[1].Null || row[2].Null || !row[3].Null {
			t.Errorf("%s: field, detail, contract are %+v", name, row[1:4])
		}
	}
}

func FuzzQuarantineKeepsTheBytesExactly(f *testing.F) {
	for _, seed := range []string{"", "{}", "a\x00b", "\xff", "\xed\xa0\x80", "ab\xe2\x82"} {
		f.Add([]byte(seed), seed)
	}
	f.Fuzz(func(t *testing.T, data []byte, key string) {
		row := (&contract.QuarantineRow{}).Fill(data, key, contract.Outcome{Reason: event.ReasonNotJSON, Field: key}, "c1-1")
		for i, v := range row {
			if !v.Null && (!utf8.Valid(v.Bytes) || bytes.IndexByte(v.Bytes, 0) >= 0) {
				t.Errorf("value %d is %q, which no warehouse holds", i, v.Bytes)
			}
		}
		back := row[6].Bytes
		if !row[7].Null {
			back, _ = base64.StdEncoding.DecodeString(string(row[7].Bytes))
		}
		if !bytes.Equal(back, data) {
			t.Errorf("%q came back as %q", data, back)
		}
	})
}
