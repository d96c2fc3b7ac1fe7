package recovery

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

type record struct {
	Raw   string
	Lead  [leading]string
	Count int
}

func readRecords(text string, most int) (all []record, err error) {
	r := newRecords(strings.NewReader(text), most)
	for {
		err := r.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		rec := record{Raw: string(r.raw), Count: r.count}
		for i, c := range r.cells {
			rec.Lead[i] = string(c)
		}
		if all = append(all, rec); int64(len(all)) != r.number {
			return all, errors.New("the number is not the row's")
		}
	}
}

func TestRowsAreCountedNotLines(t *testing.T) {
	for text, want := range map[string][]record{
		"":          nil,
		"a,b,c,d\n": {{"a,b,c,d", [leading]string{"a", "b", "c"}, 4}},
		"a,b\n\nc":  {{"a,b", [leading]string{"a", "b"}, 2}, {"", [leading]string{}, 1}, {"c", [leading]string{"c"}, 1}},
		"\"a\nb\",\"say \"\"hi\"\"\",x,\"\r\n,\"\ny,,\n": {
			{"\"a\nb\",\"say \"\"hi\"\"\",x,\"\r\n,\"", [leading]string{"a\nb", `say "hi"`, "x"}, 4}, {"y,,", [leading]string{"y"}, 3}},
		"\"\",\"\"\"\"\n": {{"\"\",\"\"\"\"", [leading]string{"", `"`}, 2}},
		"a\"b,c\n":        {{"a\"b,c", [leading]string{"a\"b", "c"}, 2}},
		"x,\"y\"":         {{"x,\"y\"", [leading]string{"x", "y"}, 2}},
	} {
		got, err := readRecords(text, 100)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
	for _, text := range []string{"a,\"b", "\"a\"b\n", "a\n\"", "\"a\"\r\n"} {
		if got, err := readRecords(text, 100); !errors.Is(err, errCSV) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestARowHasALimit(t *testing.T) {
	for _, text := range []string{"aaa,bbbb", "\"aaaa\n\""} {
		if _, err := readRecords(text+"\n"+text+"\n", len(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := readRecords(text+"\n"+text+"x\n", len(text)-1); !errors.Is(err, errCSV) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if most := (Config{}).withDefaults().MaxRow; most*4/3 > 16<<20 {
		t.Errorf("a row of %d bytes does not fit into Snowflake's text in base64", most)
	}
}

func TestAnObjectHasALimitUnpacked(t *testing.T) {
	var packed bytes.Buffer
	for range 2 { // Firehose joins packed parts
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(bytes.Repeat([]byte("x"), 50_000))
		_ = w.Close()
	}
	for most, fits := range map[int64]bool{100_000: true, 99_999: false} {
		plain, err := unpacked(bytes.NewReader(packed.Bytes()), most)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, plain); (err == nil) != fits || fits && n != 100_000 {
			t.Errorf("of at most %d: %d, %v", most, n, err)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add("a,\"b\"\"\"\n\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := readRecords(text, 1000)
		if err != nil {
			if !errors.Is(err, errCSV) {
				t.Error(err)
			}
			return
		}
		var back []string
		for _, r := range all {
			back = append(back, r.Raw)
		}
		if joined := strings.Join(back, "\n"); joined != strings.TrimSuffix(text, "\n") && joined+"\n" != text {
			t.Errorf("%q was read as %q", text, back)
		}
	})
}
