package cloud

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

func readAll(text string) (rows [][]string, err error) {
	r := rowReader{in: bufio.NewReader(strings.NewReader(text))}
	for {
		cells, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, cells)
	}
}

func TestRowsAreReadByteForByte(t *testing.T) {
	for text, want := range map[string][][]string{
		"":                                nil,
		"a,b\nc,d\n":                      {{"a", "b"}, {"c", "d"}},
		",\n":                             {{"", ""}},
		"\"\",x\n":                        {{"", "x"}},
		"\"a\r\nb\",\"say \"\"hi\"\"\"\n": {{"a\r\nb", `say "hi"`}},
		"\"\"\"\"\n":                      {{`"`}},
		"a\rb,\"x,\ny\"\n":                {{"a\rb", "x,\ny"}},
	} {
		rows, err := readAll(text)
		if err != nil || !cmp.Equal(rows, want) {
			t.Errorf("%q: %q, %v; want %q", text, rows, err, want)
		}
	}
	for _, text := range []string{"a", "a,", "a,b", "\"a", "\"a\"", "\"a\"b\n"} {
		if rows, err := readAll(text); !errors.Is(err, errRow) {
			t.Errorf("%q: %q, %v", text, rows, err)
		}
	}
}

func TestARowHas64MiBAtMost(t *testing.T) {
	fits := strings.Repeat("x", maxRow-1) + "\n"
	if _, err := readAll(fits); err != nil {
		t.Error(err)
	}
	if _, err := readAll("x" + fits); !errors.Is(err, errRow) {
		t.Error(err)
	}
}

// Whatever the transformer writes of an event, the event comes back as it was.
func TestTheQuarantineGivesEventsBack(t *testing.T) {
	arrived := time.Date(2026, 11, 22, 5, 6, 7, 8e6, time.UTC)
	for _, data := range []string{"x", "{\"a\": \"b, c\r\n\"}", "\xff\x00", "\"", "\r\n", "\u2028", strings.Repeat("long ", 100_000)} {
		var row contract.QuarantineRow
		values := row.Fill([]byte(data), "a key, \"quoted\"", contract.Outcome{Reason: event.ReasonNotJSON, Detail: "no\nJSON"}, "v1")
		line, err := format.AppendRow(nil, contract.QuarantineTable().Columns,
			format.Meta{Shard: "shardId-000000000003", Sequence: []byte("49"), ArrivedMillis: arrived.UnixMilli()}, values)
		if err != nil {
			t.Fatal(err)
		}
		var got []kept
		err = quarantineRows(strings.NewReader(string(line)+string(line)), func(_ int, k kept) error { got = append(got, k); return nil })
		if err != nil || len(got) != 2 {
			t.Fatalf("%d, %v", len(got), err)
		}
		if k := got[1]; string(k.data) != data || k.key != "a key, \"quoted\"" || k.shard != "shardId-000000000003" || k.sequence != "49" || !k.arrived.Equal(arrived) || k.reason != event.ReasonNotJSON {
			t.Errorf("%.40q came back as %.40q, %+v", data, k.data, k.origin())
		}
	}
	for _, line := range []string{"a,b\n", "s,1,no time,r,,,,v,k,raw,\n", "s,1,2026-11-22T05:06:07Z,r,,,,v,k,raw,***\n"} {
		if err := quarantineRows(strings.NewReader(line), func(int, kept) error { return nil }); !errors.Is(err, errRow) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add("a,\"b\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := readAll(text)
		if err != nil && !errors.Is(err, errRow) {
			t.Error(err)
		}
	})
}

func TestErrorDocumentsAreReadWhateverTheirTimesAre(t *testing.T) {
	raw := base64.StdEncoding.EncodeToString([]byte("an event"))
	text := `{"attemptsMade":4,"arrivalTimestamp":1790000000123,"errorCode":"Lambda.FunctionError","rawData":"` + raw + `","lambdaARN":"x"}
{"attemptsMade":"4","arrivalTimestamp":"1790000000123","rawData":"` + raw + `"}
{"rawData":"` + raw + `"}
`
	var got []kept
	if err := errorLines("errors/a", strings.NewReader(text), func(_ int, k kept) error { got = append(got, k); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || string(got[0].data) != "an event" || got[0].arrived.UnixMilli() != 1790000000123 || got[1].arrived.UnixMilli() != 1790000000123 || got[2].arrived.UnixMilli() != 0 {
		t.Errorf("%+v", got)
	}
	if got[0].sequence == got[1].sequence || !strings.HasSuffix(got[2].sequence, ".000000002") {
		t.Errorf("positions %s, %s, %s", got[0].sequence, got[1].sequence, got[2].sequence)
	}
	var other kept
	_ = errorLines("errors/b", strings.NewReader(text), func(_ int, k kept) error { other = k; return io.EOF })
	if other.sequence == got[0].sequence {
		t.Error("two objects' lines have one position")
	}
	for _, bad := range []string{"x", `{"rawData": 1}`, `{"rawData": "***"}`, `{"rawData": "` + raw} {
		if err := errorLines("k", strings.NewReader(bad), func(int, kept) error { return nil }); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestRanges(t *testing.T) {
	for _, lines := range [][]int{{}, {3}, {0, 1, 2}, {0, 2, 3, 9}} {
		var back []int
		for _, r := range ranges(lines) {
			for n := r[0]; n <= r[1]; n++ {
				back = append(back, n)
			}
		}
		if !slices.Equal(back, lines) {
			t.Errorf("%v became %v", lines, ranges(lines))
		}
	}
}

func TestAnObjectThatIsTooLargeDoesNotEndEarly(t *testing.T) {
	for left, want := range map[int64]bool{9: true, 8: true, 7: false} {
		all, err := io.ReadAll(&bounded{strings.NewReader("12345678"), left})
		if (err == nil) != want || want && string(all) != "12345678" {
			t.Errorf("8 bytes of at most %d: %q, %v", left, all, err)
		}
	}
}
