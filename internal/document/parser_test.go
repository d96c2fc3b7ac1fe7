package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const shared = "../../../shared/data"

func readAll(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(shared, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skipf("%s is not here", filepath.Join(shared, pattern))
	}
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = data
	}
	return files
}

func TestJSONTestSuite(t *testing.T) {
	var p Parser
	for name, data := range readAll(t, "edge/json/*.json") {
		_, err := p.Parse(data)
		var syntax *SyntaxError
		switch {
		case strings.HasPrefix(name, "y_") && err != nil:
			t.Errorf("%s must be accepted: %v", name, err)
		case strings.HasPrefix(name, "n_") && !errors.As(err, &syntax):
			t.Errorf("%s must be refused as no JSON: %v", name, err)
		}
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int, open, inside, shut string) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(shut, n)
	}
	tests := []struct {
		name, text string
		want       string // "", "deep", "syntax"
	}{
		{"256 arrays", nested(256, "[", "", "]"), ""},
		{"256 objects", nested(256, `{"a":`, "1", "}"), ""},
		{"257 arrays", nested(257, "[", "", "]"), "deep"},
		{"257 objects", nested(257, `{"a":`, "{}", "}"), "deep"},
		{"100,000 arrays", nested(100_000, "[", "", "]"), "deep"},
		{"100,000 of both, with neighbours", nested(50_000, `[1, {"\u0061" : {}, "b":[],"c":`, `"x"`, ` } , [ ], "\n" ] `), "deep"},
		{"100,000 unclosed", strings.Repeat("[", 100_000), "syntax"},
		{"one bracket too few", nested(1000, "[", "", "]")[:1999], "syntax"},
		{"one bracket too many", nested(1000, "[", "", "]") + "]", "syntax"},
		{"wrong bracket", nested(1000, "[", "", "]")[:1999] + "}", "syntax"},
		{"wrong bracket deep inside", nested(1000, "[", "[}", "]"), "syntax"},
		{"trailing comma deep inside", nested(1000, "[", "1,", "]"), "syntax"},
		{"comma first deep inside", nested(1000, "[", ",1", "]"), "syntax"},
		{"no colon deep inside", nested(1000, "[", `{"a" 1}`, "]"), "syntax"},
		{"bad escape deep inside", nested(1000, "[", `"\x"`, "]"), "syntax"},
		{"bad name deep inside", nested(1000, "[", `{1:1}`, "]"), "syntax"},
		{"fault after the deep part", nested(1000, "[", "", "]") + " x", "syntax"},
		{"deep part among others", `{"a":` + nested(300, "[", "", "]") + `,"b":` + nested(300, "[", "", "]") + `}`, "deep"},
	}
	var p Parser
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := p.Parse([]byte(test.text))
			var syntax *SyntaxError
			got := ""
			switch {
			case errors.Is(err, ErrTooDeep):
				got = "deep"
			case errors.As(err, &syntax):
				got = "syntax"
			}
			if got != test.want {
				t.Fatalf("got %q (%v), want %q", got, err, test.want)
			}
			if (test.want == "syntax") == json.Valid([]byte(test.text)) && len(test.text) < 19_000 {
				t.Fatalf("encoding/json disagrees with the test's expectation")
			}
			if len(p.nodes) > 2000 {
				t.Fatalf("%d nodes kept of what is too deep", len(p.nodes))
			}
		})
	}
}

func TestSyntaxErrorsSayWhere(t *testing.T) {
	tests := []struct {
		text    string
		offset  int
		message string
	}{
		{"", 0, "a value is missing"},
		{"  ", 2, "a value is missing"},
		{"\ufeff{}", 0, "byte order mark"},
		{`{"a":1}x`, 7, "more after the end"},
		{`{"a":1} {"b":2}`, 8, "more after the end"},
		{`{"a":1,}`, 7, "field name in double quotes"},
		{`{a:1}`, 1, "field name in double quotes"},
		{`{"a" 1}`, 5, "colon"},
		{`{"a":}`, 5, "value is missing before"},
		{`{"a":1 "b":2}`, 7, "comma or }"},
		{`[1 2]`, 3, "comma or ]"},
		{`[1,]`, 3, "value is missing before"},
		{`['a']`, 1, "double quotes"},
		{`[01]`, 1, "begin with a zero"},
		{`[-]`, 2, "digit is missing"},
		{`[1.]`, 3, "after the point"},
		{`[1e+]`, 4, "exponent"},
		{`[+1]`, 1, "no value begins like this"},
		{`[NaN]`, 1, "no value begins like this"},
		{`[nul]`, 1, "true, false and null"},
		{`["abc]`, 1, "no closing quote"},
		{`["abc\`, 5, "ends inside an escape"},
		{`["\x"]`, 2, "no such escape"},
		{`["\u12g4"]`, 2, "four hexadecimal digits"},
		{`["\u123`, 2, "four hexadecimal digits"},
		{"[\"a\nb\"]", 3, "control character"},
		{"[\"a\x00b\"]", 3, "control character"},
		{"[\"a\xffb\"]", 3, "not UTF-8"},
		{"[\"\xed\xa0\x80\"]", 2, "not UTF-8"}, // a surrogate written in UTF-8
		{"[\"\xc0\xaf\"]", 2, "not UTF-8"},     // an overlong slash
	}
	var p Parser
	for _, test := range tests {
		_, err := p.Parse([]byte(test.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if syntax.Offset != test.offset || !strings.Contains(syntax.Message, test.message) {
			t.Errorf("%q: got %v, want %q at %d", test.text, err, test.message, test.offset)
		}
	}
}

func TestTooLarge(t *testing.T) {
	data := bytes.Repeat([]byte(" "), MaxBytes+1)
	var p Parser
	if _, err := p.Parse(data); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
}

func TestParserLetsGoOfHugeMemory(t *testing.T) {
	var p Parser
	huge := []byte("[" + strings.Repeat(`"\n",`, 1<<18) + "1]")
	if _, err := p.Parse(huge); err != nil {
		t.Fatal(err)
	}
	if v, err := p.Parse([]byte(`{"a":"\n"}`)); err != nil || string(v.Get("a").Text()) != "\n" {
		t.Fatal(v, err)
	}
	if cap(p.nodes) > keepNodes || cap(p.text) > keepText {
		t.Fatalf("kept %d nodes, %d bytes of text", cap(p.nodes), cap(p.text))
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	var p Parser
	data := []byte(order)
	allocs := testing.AllocsPerRun(100, func() {
		v, err := p.Parse(data)
		if err != nil || v.Get("product_name").Kind() != String {
			t.Fatal(err)
		}
		for name, value := range v.Fields() {
			_, _ = name.Text(), value.Raw()
		}
	})
	if allocs != 0 {
		t.Fatalf("%v allocations", allocs)
	}
}

// FuzzParse holds the reader to encoding/json: it accepts the same texts (but refuses bytes that
// are not UTF-8, and what is too deep) and reads the same values.
func FuzzParse(f *testing.F) {
	for _, text := range []string{order, `{"a":[1,-0.5e+10,{"b":null}],"a":"\ud83d\ude00\u0000\ud800x"}`, `[true,false]`, `"\/\b"`, ` 1 `} {
		f.Add([]byte(text))
	}
	if names, _ := filepath.Glob(filepath.Join(shared, "edge/json/*.json")); names != nil {
		for _, name := range names {
			if data, err := os.ReadFile(name); err == nil && len(data) < 1000 {
				f.Add(data)
			}
		}
	}
	var p Parser
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := p.Parse(data)
		valid := json.Valid(data) && utf8.Valid(data)
		if errors.Is(err, ErrTooDeep) {
			if !valid && json.Valid(data) {
				t.Fatal("too deep, but not UTF-8")
			}
			return
		}
		if (err == nil) != valid {
			t.Fatalf("%q: %v, but encoding/json says valid is %v", data, err, valid)
		}
		if err != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		same(t, v, want)
		if !bytes.Equal(v.Raw(), bytes.Trim(data, " \t\r\n")) {
			t.Fatalf("Raw of %q is %q", data, v.Raw())
		}
	})
}
