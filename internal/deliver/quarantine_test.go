package deliver_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
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
		r := event.Record{Sequence: 1, PartitionKey: "k\x00\xff", Data: []byte(tc.data)}
		row := deliver.QuarantineValues(&r, contract.Outcome{Reason: event.ReasonNotJSON, Detail: "x"}, "c1-1")
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
		r := event.Record{Sequence: 1, PartitionKey: key, Data: data}
		row := deliver.QuarantineValues(&r, contract.Outcome{Reason: event.ReasonNotJSON, Field: key}, "c1-1")
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

func TestLargestEventsGoThroughTheQuarantine(t *testing.T) {
	w := newWorld(t)
	const size = 10 << 20
	binary := bytes.Repeat([]byte{0xff, 0, 'x', '"'}, size/4)
	text := bytes.Repeat([]byte(`a",`+"\n"), size/4)
	w.log.append(eventNumber(1), binary, text, eventNumber(4))
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	rows := w.rows(t, w.commits(t))
	exact, err := base64.StdEncoding.DecodeString(rows[2][0].fields["raw_base64"])
	if err != nil || !bytes.Equal(exact, binary) {
		t.Errorf("the binary event came back with %d bytes, %v", len(exact), err)
	}
	if rows[3][0].fields["raw"] != string(text) || rows[3][0].fields["raw_base64"] != "" {
		t.Error("the text event came back changed")
	}
	if rows[1][0].table != "numbers" || rows[4][0].table != "numbers" {
		t.Error("the neighbours suffered")
	}
	for _, c := range w.commits(t) {
		for _, f := range c.Files {
			if f.Table == "quarantine" && f.LongestRow < size {
				t.Errorf("the longest row is said to be %d", f.LongestRow)
			}
		}
	}
}
