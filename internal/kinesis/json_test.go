package kinesis

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func newJSONReader(body string) *jsonReader {
	return &jsonReader{buf: []byte(body), arena: make([]byte, 0, blobSpace(len(body)))}
}

func TestJSONReaderRefusesWhatIsNotJSON(t *testing.T) {
	for _, body := range []string{
		``, ` `, `{`, `}`, `[`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1}x`, `{"a":1}{}`,
		`{'a':1}`, `{a:1}`, `"a`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, `"\ud800x"`, "\"\x01\"", "\"\xff\"", "\"\\n\xff\"",
		`01`, `-`, `+1`, `.5`, `1.`, `1e`, `1e+`, `0x1`, `NaN`, `tru`, `nul`, `True`, `[}`, `{]`, "\ufeff{}", "{}\x00",
		strings.Repeat("[", 100_000), strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), strings.Repeat(`{"a":`, 100_000),
	} {
		r := newJSONReader(body)
		r.skip()
		if fault := r.end(); fault == nil || fault.code != "SerializationException" {
			t.Errorf("%.40q: %v", body, fault)
		}
	}
}

func TestJSONReaderReadsEveryValue(t *testing.T) {
	r := newJSONReader(` { "a" : "x\ud83d\ude00\u00e4\/\"\\\b\f\n\r\t\u0000" , "b":[1,-2.9,1e400,"",null , 5000000000], "c":{"d":true,"e":false,"f":null},
		"g":"YQ==", "h":"Y\u0051\u003d=", "i":"", "j":1459799926.4805, "k":[], "l":{}, "m":null, "\u006e":-0.0015 } `)
	type result struct {
		A       string
		B       []int64
		Flags   []bool
		Blobs   []string
		Instant []int64
		Names   []string
	}
	var got result
	r.object()
	for name, more := r.field(); more; name, more = r.field() {
		got.Names = append(got.Names, name)
		switch name {
		case "a":
			got.A, _ = r.text()
		case "b":
			r.list()
			for r.element() {
				if r.peek() == '"' {
					r.skip()
					continue
				}
				n, ok := r.integer()
				if !ok {
					n = math.MaxInt64 // null
				}
				got.B = append(got.B, n)
			}
		case "c":
			r.object()
			for _, more := r.field(); more; _, more = r.field() {
				b, ok := r.flag()
				got.Flags = append(got.Flags, b, ok)
			}
		case "g", "h", "i":
			b, ok := r.blob()
			got.Blobs = append(got.Blobs, string(b))
			if !ok {
				t.Errorf("%s is null", name)
			}
		case "j", "n":
			n, _ := r.instant()
			got.Instant = append(got.Instant, n)
		default:
			r.skip()
		}
	}
	if fault := r.end(); fault != nil {
		t.Fatal(fault)
	}
	want := result{A: "x\U0001f600\u00e4/\"\\\b\f\n\r\t\x00", B: []int64{1, -3, math.MaxInt32, math.MaxInt64, math.MaxInt32},
		Flags: []bool{true, true, false, true, false, false}, Blobs: []string{"a", "a", ""}, Instant: []int64{1459799926481, -2},
		Names: strings.Split("abcghijklmn", "")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSONReaderNamesTheWrongType(t *testing.T) {
	object := func(r reader) { r.object() }
	list := func(r reader) { r.list() }
	mapping := func(r reader) { r.mapping() }
	text := func(r reader) { r.text() }
	number := func(r reader) { r.integer() }
	flag := func(r reader) { r.flag() }
	blob := func(r reader) { r.blob() }
	instant := func(r reader) { r.instant() }
	for _, c := range []struct {
		body string
		read func(reader)
		want string
	}{
		{`1`, object, "Expected null"},
		{`[]`, object, "Start of list found where not expected"},
		{`"{}"`, mapping, "Expected map or null"},
		{`[]`, mapping, "Start of list found where not expected"},
		{`true`, list, "Expected list or null"},
		{`{}`, list, "Start of structure or map found where not expected."},
		{`1`, text, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{`true`, text, "class java.lang.Boolean can not be converted to an String"},
		{`"1"`, number, "class java.lang.String can not be converted to an Integer"},
		{`"yes"`, flag, "'YES' can not be converted to an Boolean"},
		{`"2026"`, instant, "class java.lang.String can not be converted to milliseconds since epoch"},
		{`5`, blob, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob"},
		{`"YQ="`, blob, "'YQ=' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
		{`"Y!=="`, blob, "'Y!==' can not be converted to a Blob: Invalid Base64 character: '!'"},
		{`"YR=="`, blob, "'YR==' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"},
		{`"` + strings.Repeat("?", 4000) + `"`, blob, "'" + strings.Repeat("?", 64) + "...' can not be converted"},
	} {
		r := newJSONReader(c.body)
		c.read(r)
		if fault := r.end(); fault == nil || !strings.HasPrefix(fault.message, c.want) {
			t.Errorf("%.30s: got %v, want %s", c.body, fault, c.want)
		}
	}
}

// FuzzJSONReader compares what is accepted with encoding/json, which lets some texts pass that are
// not UTF-8.
func FuzzJSONReader(f *testing.F) {
	for _, seed := range []string{`{"Records":[{"Data":"YQ==","PartitionKey":"a"}]}`, `[1,2.5e-3,"\ud83d\ude00",null,true,{}]`, `"\ud800"`, "\"\x80\"", `[[[[]]]]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := &jsonReader{buf: bytes.Clone(body), arena: make([]byte, 0, blobSpace(len(body)))}
		r.skip()
		ours, theirs := r.end() == nil, json.Valid(body)
		if ours && !theirs {
			t.Fatalf("we accept %q", body)
		}
		surrogate := bytes.Contains(bytes.ToLower(body), []byte(`\ud`))
		if theirs && !ours && utf8.Valid(body) && !surrogate && bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) < maxSkipDepth {
			t.Fatalf("we refuse %q: %v", body, r.end())
		}
	})
}

// FuzzPutRecords sends bodies through the whole front door. Whatever is stored must be what
// encoding/json reads from the body, and nothing may be stored unless the answer says so.
func FuzzPutRecords(f *testing.F) {
	f.Add([]byte(`{"StreamName":"orders","Records":[{"Data":"YQ==","PartitionKey":"a"},{"PartitionKey":"\u00e4","Data":"Y\u0051==","ExplicitHashKey":"7"}]}`))
	f.Add([]byte(`{"Records":null,"Records":[{"Data":"","PartitionKey":"k","Data":"YWJj"}],"StreamARN":"arn:aws:kinesis:x:000000000000:stream/orders","x":[{}]}`))
	f.Add([]byte(`{"StreamName":"orders","Records":[null]}`))
	f.Add([]byte(`{"StreamName":"orders","DryRun":true,"Records":[{"Data":"YQ==","PartitionKey":"a"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fixture := newFixture(t)
		answer := fixture.call("PutRecords", string(body))
		stored := fixture.log.streams["orders"].shards[0].records
		wide := 0
		for _, s := range fixture.log.streams["wide"].shards {
			wide += len(s.records)
		}
		if answer.status != 200 {
			if len(stored)+wide > 0 || answer.status/100 == 5 || answer.code() == "" {
				t.Fatalf("%d %s, %d records stored", answer.status, answer.raw, len(stored)+wide)
			}
			return
		}
		if wide > 0 {
			return
		}
		var sent map[string]any
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		records := sent["Records"].([]any)
		if len(records) != len(stored) || len(answer.json["Records"].([]any)) != len(records) {
			t.Fatalf("%d records sent, %d stored", len(records), len(stored))
		}
		for i, r := range records {
			record := r.(map[string]any)
			data, err := base64.StdEncoding.Strict().DecodeString(record["Data"].(string))
			if err != nil || !bytes.Equal(data, stored[i].Data) || record["PartitionKey"] != stored[i].PartitionKey {
				t.Fatalf("record %d: sent %v, stored %q %q, %v", i, record, stored[i].PartitionKey, stored[i].Data, err)
			}
		}
	})
}

func TestJSONWriterIsReadBack(t *testing.T) {
	texts := []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "\u00e4\u2028\U0001f600", "bad\xff\xfeutf8", strings.Repeat("x", 1000)}
	w := jsonCodec{}.writer(nil)
	w.object()
	w.field("texts")
	w.list()
	for _, s := range texts {
		w.text(s)
	}
	w.end()
	w.field("numbers")
	w.list()
	w.integer(-5)
	w.integer(math.MaxInt64)
	w.instant(1459799926480)
	w.instant(1459799926005)
	w.instant(1459799926000)
	w.instant(-1500)
	w.end()
	w.field("none")
	w.list()
	w.end()
	w.field("flags")
	w.list()
	w.flag(true)
	w.flag(false)
	w.end()
	w.field("blob")
	w.blob([]byte{0, 0xff, 'a', 'b'})
	w.field("empty")
	w.blob(nil)
	w.field("digits")
	w.digits([]byte("495"))
	w.end()
	decoder := json.NewDecoder(bytes.NewReader(w.bytes()))
	decoder.UseNumber()
	var got map[string]any
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, w.bytes())
	}
	want := map[string]any{
		"texts":   []any{texts[0], texts[1], texts[2], texts[3], "bad\ufffd\ufffdutf8", texts[5]},
		"numbers": []any{json.Number("-5"), json.Number("9223372036854775807"), json.Number("1459799926.480"), json.Number("1459799926.005"), json.Number("1459799926"), json.Number("-1.500")},
		"none":    []any{}, "flags": []any{true, false}, "blob": "AP9hYg==", "empty": "", "digits": "495",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHostileBodiesCostLittle holds the time and the memory that bodies made to hurt can take.
func TestHostileBodiesCostLittle(t *testing.T) {
	f := newFixture(t)
	const size = 4 * mib // enough that what grows with the square of it takes minutes
	fill := func(prefix, unit, suffix string) string {
		return prefix + strings.Repeat(unit, (size-len(prefix)-len(suffix))/len(unit)) + suffix
	}
	for name, body := range map[string]string{
		"nulls":        fill(`{"StreamName":"orders","Records":[null`, `,null`, `]}`),
		"objects":      fill(`{"StreamName":"orders","Records":[{}`, `,{}`, `]}`),
		"levels":       fill(``, `[`, ``),
		"known levels": fill(`{"Records":`, `[`, ``),
		"members":      fill(`{"a":0`, `,"a":0`, `}`),
		"digits":       fill(`{"Limit":`, `9`, `}`),
		"escapes":      fill(`{"StreamName":"`, `\u0041`, `"}`),
		"quotes":       fill(``, `"`, ``),
		"backslashes":  fill(`{"Records":[{"Data":"`, `\\`, `"}]}`),
		"data":         fill(`{"Records":[{"Data":"`, `YWJj`, `"}]}`),
		"tags":         fill(`{"StreamName":"orders","Tags":{"a":""`, `,"b":""`, `}}`),
		"spaces":       fill(``, ` `, `{}`),
	} {
		for _, operation := range []string{"PutRecords", "AddTagsToStream", "ListStreams"} {
			start := time.Now()
			answer := f.call(operation, body)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s to %s took %s", name, operation, took)
			}
			if answer.status/100 == 5 || len(answer.raw) > 4000 && answer.status != 200 {
				t.Errorf("%s to %s: %d with %d bytes", name, operation, answer.status, len(answer.raw))
			}
		}
	}
}
