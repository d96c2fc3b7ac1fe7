package produce

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// text is a file of given content.
func text(name, content string) File {
	return File{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

func onDisk(path string) File {
	return File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

func zipped(content string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	return out.String()
}

// read returns what a source of files yields, events and failures as lines of text.
func read(t *testing.T, cfg FilesConfig) []string {
	t.Helper()
	source, err := NewFiles(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var out []string
	for {
		r, err := source.Next()
		var unsendable *Unsendable
		switch {
		case errors.Is(err, io.EOF):
			return out
		case errors.As(err, &unsendable):
			out = append(out, "! "+err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			out = append(out, r.PartitionKey+" "+string(r.Data))
		}
	}
}

func TestFilesBecomeEvents(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  FilesConfig
		want []string
	}{
		"csv": {
			FilesConfig{Files: []File{text("a.csv", "id,name\r\n1,\"x, \"\"y\"\"\"\r\n\r\n2,\n")}},
			[]string{
				`a.csv:2 {"_source_id":"a.csv:2","_source_file":"a.csv","_source_line":2,"id":"1","name":"x, \"y\""}`,
				`a.csv:4 {"_source_id":"a.csv:4","_source_file":"a.csv","_source_line":4,"id":"2","name":null}`,
			},
		},
		"csv with rows over several lines, and none of them lost after a broken one": {
			FilesConfig{AsIs: true, Files: []File{text("a.csv", "a,b\n\"1\n2\",3\n4\n5,6,7\n\"8\" ,9\n\"unended,10\n11,\"\"")}},
			[]string{
				`a.csv:2 {"a":"1\n2","b":"3"}`, `a.csv:4 4`, `a.csv:5 5,6,7`, `a.csv:6 "8" ,9`,
				`a.csv:7 "unended,10`, `a.csv:8 {"a":"11","b":""}`,
			},
		},
		"csv in another encoding is not guessed at": {
			FilesConfig{AsIs: true, Files: []File{text("a.csv", "a\n\xa35\n\u00a35\n")}},
			[]string{"a.csv:2 \xa35", `a.csv:3 {"a":"£5"}`},
		},
		"csv with odd characters and names": {
			FilesConfig{AsIs: true, Files: []File{text("a.csv", "\xef\xbb\xbf\"a\"\"b\",,c\\\n\t\x01\\,5\" pipe,\x00\n")}},
			[]string{`a.csv:2 {"a\"b":"\t\u0001\\","column_2":"5\" pipe","c\\":"\u0000"}`},
		},
		"csv gzipped under any name, in a capital suffix": {
			FilesConfig{AsIs: true, Files: []File{text("A.CSV", zipped("a\n1\n")), text("b", zipped("a\n2\n"))}},
			[]string{`A.CSV:2 {"a":"1"}`, `b:2 {"a":"2"}`},
		},
		"csv headers that cannot be": {
			FilesConfig{Files: []File{text("a.csv", "a,b,a\n1,2,3\n"), text("b.csv", "\"a\n"), text("c.csv", ""), text("d.csv", "a\n1\n")}},
			[]string{
				`! a.csv: line 1: two columns are called "a"`,
				`! b.csv: line 1 is no header: a quoted name does not end, or is followed by more than a comma`,
				`d.csv:2 {"_source_id":"d.csv:2","_source_file":"d.csv","_source_line":2,"a":"1"}`,
			},
		},
		"ndjson": {
			FilesConfig{Files: []File{text("a.ndjson", "{\"a\":1}\r\n\n { } \n[1]\n{\"a\":}\n{\"a\":2}")}},
			[]string{
				`a.ndjson:1 {"_source_id":"a.ndjson:1","_source_file":"a.ndjson","_source_line":1,"a":1}`,
				`a.ndjson:3 {"_source_id":"a.ndjson:3","_source_file":"a.ndjson","_source_line":3 }`,
				`a.ndjson:4 [1]`,
				`a.ndjson:5 {"a":}`,
				`a.ndjson:6 {"_source_id":"a.ndjson:6","_source_file":"a.ndjson","_source_line":6,"a":2}`,
			},
		},
		"an event keeps the origin it has": {
			FilesConfig{Files: []File{text("a.ndjson", `{"x":{"_source_file":1},"_source_id":"b:7","\u005fsource_line":3}`)}},
			[]string{`a.ndjson:1 {"_source_file":"a.ndjson","x":{"_source_file":1},"_source_id":"b:7","\u005fsource_line":3}`},
		},
		"a partition key": {
			FilesConfig{AsIs: true, PartitionKey: "k", Files: []File{
				text("a.ndjson", "{\"a\":{\"k\":1},\"k\":\"x\\u0041\"}\n{\"k\":12.0}\n{\"k\":true}\n{\"k\":null}\n{\"k\":\"\"}\n{}\n{\"k\":[1]}\n7"),
				text("b.csv", "k\nq\n"),
			}},
			[]string{
				`xA {"a":{"k":1},"k":"x\u0041"}`, `12.0 {"k":12.0}`, `true {"k":true}`, `a.ndjson:4 {"k":null}`,
				`a.ndjson:5 {"k":""}`, `a.ndjson:6 {}`, `a.ndjson:7 {"k":[1]}`, `a.ndjson:8 7`, `q {"k":"q"}`,
			},
		},
		"json set end to end": {
			FilesConfig{AsIs: true, Files: []File{text("a.json", "{\n\"a\": \"}{\"\n}{\"b\":[1,\n{}]}\n{} {}[2]\n12 x\n{\"cut\": [")}},
			[]string{
				"a.json:1 {\n\"a\": \"}{\"\n}", "a.json:3 {\"b\":[1,\n{}]}", "a.json:5 {}", "a.json:5.2 {}", "a.json:5.3 [2]",
				"a.json:6 12 x", `a.json:7 {"cut": [`,
			},
		},
		"json in an array": {
			FilesConfig{AsIs: true, Files: []File{
				text("a.json", "[\n {\"a\":\"],\"},\n {\"b\":[{}]}, 5 ,\n null,[1]\n]\n{\"c\":3}[2]"), text("b.json", `[{"a":1},{"a":2}]`),
				text("c", `[ {"a":1}]`), text("d.json", "[{\"a\":1},{\"a\":"), text("e.json", "[]"),
			}},
			[]string{
				`a.json:2 {"a":"],"}`, `a.json:3 {"b":[{}]}`, `a.json:3.2 5`, `a.json:4 null`, `a.json:4.2 [1]`, `a.json:6 {"c":3}`, `a.json:6.2 [2]`,
				`b.json:1 {"a":1}`, `b.json:1.2 {"a":2}`, `c:1 {"a":1}`, `d.json:1 {"a":1}`, `d.json:1.2 {"a":`, `e.json:1 []`,
			},
		},
		"an array a line, when the name says so": {
			FilesConfig{AsIs: true, Files: []File{text("a.ndjson", "[{\"a\":1}]\n")}},
			[]string{`a.ndjson:1 [{"a":1}]`},
		},
		"formats told from the content": {
			FilesConfig{AsIs: true, Files: []File{
				text("a.json", "{\"a\":1}\n{\"a\":\n"), text("b.txt", "{\n\"a\":1}"), text("c.txt", "a\n1\n"), text("d", ""),
			}},
			[]string{`a.json:1 {"a":1}`, `a.json:2 {"a":`, "b.txt:1 {\n\"a\":1}", `c.txt:2 {"a":"1"}`},
		},
		"formats told by the caller": {
			FilesConfig{AsIs: true, Format: FormatCSV, Files: []File{text("a.json", "a\n1\n")}},
			[]string{`a.json:2 {"a":"1"}`},
		},
		"foreign files": {
			FilesConfig{Files: []File{text("a.zst", "\x28\xb5\x2f\xfd...."), text("b.csv", "\xff\xfea\x00"), text("c.csv", "PAR1....")}},
			[]string{
				"! a.zst: compressed with zstd; only gzip is read, so send it through `zstd -dc FILE | penstock produce --from -`",
				"! b.csv: UTF-16; convert it with `iconv -f utf-16 -t utf-8`",
				"! c.csv: a Parquet file; only CSV and JSON are read",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, read(t, c.cfg)); diff != "" {
				t.Errorf("got (+), want (-):\n%s", diff)
			}
		})
	}
}

func TestAFileThatBreaksGivesNoHalfEventAndCostsNoOther(t *testing.T) {
	half := func(name, content string) File {
		return File{Name: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(content), iotest.ErrReader(errors.New("bad sector")))), nil
		}}
	}
	missing := File{Name: "gone.csv", Open: func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}
	got := read(t, FilesConfig{AsIs: true, Files: []File{
		half("a.csv", "a,b\n1,2\n3,4"), half("b.ndjson", "{}\n12"), half("c.json", "{}\n{\"a\":"), missing,
		half("e.csv", "a\n\"1"), text("f.ndjson", "{}\n"), half("g.csv", "a\n1\n"),
	}})
	want := []string{
		`a.csv:2 {"a":"1","b":"2"}`, `! a.csv: cannot be read on after line 2: bad sector`,
		`b.ndjson:1 {}`, `! b.ndjson: cannot be read on after line 1: bad sector`,
		`c.json:1 {}`, `! c.json: cannot be read on after line 1: bad sector`,
		`! gone.csv: file does not exist`,
		`! e.csv: cannot be read on after line 0: bad sector`,
		`f.ndjson:1 {}`,
		`g.csv:2 {"a":"1"}`, `! g.csv: cannot be read on after line 2: bad sector`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got (+), want (-):\n%s", diff)
	}
}

func TestATruncatedGzipGivesNoHalfEvent(t *testing.T) {
	whole := zipped("a,b\n" + strings.Repeat("12345678,abcdefgh\n", 10_000))
	got := read(t, FilesConfig{AsIs: true, Files: []File{text("a.csv.gz", whole[:len(whole)-9])}})
	last := got[len(got)-1]
	if !strings.HasSuffix(last, "unexpected EOF") {
		t.Errorf("the last is %q", last)
	}
	for _, line := range got[:len(got)-1] {
		if !strings.HasSuffix(line, `{"a":"12345678","b":"abcdefgh"}`) {
			t.Fatalf("half an event: %q", line)
		}
	}
}

func TestEventsLargerThanARecordFailAndNoOtherDoes(t *testing.T) {
	huge := strings.Repeat("x", MaxRecord)
	got := read(t, FilesConfig{AsIs: true, Files: []File{
		text("a.ndjson", "{}\n\""+huge+"\"\n{}\n"),
		text("b.csv", "a\n1\n\"open\n2\n3"+huge+"\n4\n"),
	}})
	got = append(got, read(t, FilesConfig{AsIs: true, Format: FormatJSON, Files: []File{
		text("c.json", "{}\n{\""+huge+"\n\n{}"),
	}})...)
	want := []string{
		`a.ndjson:1 {}`, `! a.ndjson:2: longer than 10485760 bytes, the most a record holds`, `a.ndjson:3 {}`,
		`b.csv:2 {"a":"1"}`, `b.csv:3 "open`, `b.csv:4 {"a":"2"}`,
		`c.json:1 {}`, `! c.json: cannot be read on after line 1: line 2: the value that starts here has no end within 10485760 bytes`,
	}
	var short []string
	for _, line := range got {
		if len(line) < 1000 {
			short = append(short, line)
		}
	}
	if got[6] != `b.csv:5 {"a":"3`+huge+`"}` {
		t.Errorf("the row of %d bytes became %.40q", len(huge)+1, got[6])
	}
	want = append(want[:6:6], append([]string{`b.csv:6 {"a":"4"}`}, want[6:]...)...)
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("got (+), want (-):\n%s", diff)
	}
}

func TestAnyChunksOfReadingGiveTheSameEvents(t *testing.T) {
	content := "a,b\r\n\"1,\r\n\"\"2\"\"\",x\r\n3,\"\"\r\n4\r\n\"5\"x,6\n7,é"
	want := read(t, FilesConfig{AsIs: true, Files: []File{text("a.csv", content)}})
	if len(want) != 5 {
		t.Fatalf("%q", want)
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "halves": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
	} {
		f := File{Name: "a.csv", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(wrap(strings.NewReader(content))), nil
		}}
		if diff := cmp.Diff(want, read(t, FilesConfig{AsIs: true, Files: []File{f}})); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", name, diff)
		}
	}
}

func TestFilesConfigReportsEveryFault(t *testing.T) {
	err := FilesConfig{Files: []File{{Name: "a"}, {Name: "a"}}}.Validate()
	if err == nil || !strings.Contains(err.Error(), `two files are called "a"`) || (FilesConfig{}).Validate() == nil {
		t.Errorf("got %v", err)
	}
}

// FuzzCSV compares with encoding/csv where that accepts the text, but for what it does to CR LF
// inside quotes, and holds that no text makes an event of invalid JSON.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a\n\"1\n2\"\n", "a,b\r\n\"x\"\"y\",\r\n", "a\n\"", "a,b\n1\n\"2,3\n4,5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		source, err := NewFiles(FilesConfig{AsIs: true, Format: FormatCSV, Files: []File{text("a", content)}})
		if err != nil {
			t.Fatal(err)
		}
		var events [][]byte
		for {
			r, err := source.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // a header that cannot be, or a foreign file
			}
			events = append(events, r.Data)
			if bytes.HasPrefix(r.Data, []byte{'{', '"'}) && !bytes.Contains([]byte(content), r.Data) && !json.Valid(r.Data) {
				t.Fatalf("not JSON: %q", r.Data)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(content, byteOrderMark))).ReadAll()
		if err != nil || len(rows) == 0 || strings.Contains(content, "\r") || !utf8.ValidString(content) {
			return
		}
		if len(events) != len(rows)-1 {
			t.Fatalf("%d events of %d rows", len(events), len(rows)-1)
		}
	})
}

func BenchmarkCSV(b *testing.B) {
	content := "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" +
		strings.Repeat("536365,85123A,\"WHITE, HANGING\",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n", 100_000)
	benchmarkFile(b, text("a.csv", content), content)
}

func BenchmarkNDJSON(b *testing.B) {
	var content strings.Builder
	source, _ := NewOrders(OrdersConfig{First: 1, Count: 50_000, Seed: 1})
	for range 50_000 {
		r, _ := source.Next()
		content.Write(append(r.Data, '\n'))
	}
	benchmarkFile(b, text("a.ndjson", content.String()), content.String())
}

func benchmarkFile(b *testing.B, f File, content string) {
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	events := 0
	for range b.N {
		source, err := NewFiles(FilesConfig{Files: []File{f}})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := source.Next(); err != nil {
				break
			}
			events++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}
