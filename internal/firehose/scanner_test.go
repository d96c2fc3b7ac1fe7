package firehose

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// FuzzString compares the short way to read a string with the long one.
func FuzzString(f *testing.F) {
	for _, text := range []string{`"`, `""`, `"abc",`, `"a\"b"`, `"a\\"`, `"12345678"`, `"1234567\"9"`, `"` + strings.Repeat("x", 127) + `"`,
		`"` + strings.Repeat("x", 128) + `"        `, `"` + strings.Repeat("x", 126) + `\"" `} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 || text[0] != '"' {
			return
		}
		short, long := scanner{buf: text}, scanner{buf: text}
		got, want := short.string(), long.long()
		if got.Given() != want.Given() || !bytes.Equal(got.raw, want.raw) || !bytes.Equal(got.Bytes(), want.Bytes()) ||
			short.pos != long.pos || short.bad != long.bad {
			t.Fatalf("%q: got %+v at %d, want %+v at %d", text, got, short.pos, want, long.pos)
		}
	})
}

// FuzzEvent reads an event with guesses from another one, and from itself, and without any.
func FuzzEvent(f *testing.F) {
	const record = `{"recordId":"1","data":"e30=","approximateArrivalTimestamp":1795324000123,"kinesisRecordMetadata":{"shardId":"s","sequenceNumber":"1"}}`
	f.Add([]byte(`{"records":[`+record+`]}`), []byte(`{"records":[`+record+`,`+record+`]}`))
	f.Add([]byte(`{"records":[{"data":"","recordId" : "1"}],"region":"r"}`), []byte(`{"region":"r","records":[`+record+`,{"recordId":"2","data":7}]}`))
	f.Fuzz(func(t *testing.T, before, payload []byte) {
		var used, fresh Event
		_ = used.Parse(before)
		wantErr := fresh.Parse(payload)
		for range 2 {
			if err := used.Parse(payload); (err == nil) != (wantErr == nil) {
				t.Fatalf("%q after %q: %v, of a new reader %v", payload, before, err, wantErr)
			}
			got, want := used, fresh
			got.guesses, want.guesses = nil, nil
			if len(got.Records) == 0 {
				got.Records, want.Records = nil, nil
			}
			if wantErr == nil && (len(used.Records) != len(fresh.Records) || !reflect.DeepEqual(got, want)) {
				t.Fatalf("%q after %q: %+v, of a new reader %+v", payload, before, got, want)
			}
		}
	})
}

// FuzzInteger compares whole numbers with what strconv reads.
func FuzzInteger(f *testing.F) {
	for _, text := range []string{"0", "-1", "12345678", "123456789", "1795324000123", "-1795324000123", "999999999999999999", "1234567a", "1234/678", "123456\xb18"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := scanner{buf: append(bytes.Clone(text), ",        "...)}
		got, ok := s.integer()
		want, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil || len(bytes.TrimPrefix(text, []byte("-"))) > 18 || text[0] == '+' {
			return // what integer makes of such texts is for the fuzz tests of events
		}
		if !ok || got != want || s.pos != len(text) {
			t.Fatalf("%q: %d, %v at %d, want %d", text, got, ok, s.pos, want)
		}
	})
}

func TestEightDigitsAreNothingElse(t *testing.T) {
	for at := range 8 {
		for c := range 256 {
			text := []byte("90817263")
			text[at] = byte(c)
			got, ok := eightDigits(binary.LittleEndian.Uint64(text))
			want, err := strconv.ParseUint(string(text), 10, 64)
			if ok != (err == nil) || ok && uint64(got) != want {
				t.Fatalf("%q: %d, %v, want %d, %v", text, got, ok, want, err)
			}
		}
	}
}
