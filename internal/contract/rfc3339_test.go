package contract

import (
	"bytes"
	"testing"
)

// slowRFC3339 is parseRFC3339 byte by byte.
func slowRFC3339(text []byte, c *civil) bool {
	rest, ok := parseDate(text, c)
	if !ok || len(rest) < 10 || rest[3] != ':' || rest[6] != ':' || bytes.IndexByte([]byte("Tt "), rest[0]) < 0 {
		return false
	}
	var h, m, s bool
	c.hour, h = fixedDigits(rest[1:3])
	c.minute, m = fixedDigits(rest[4:6])
	c.second, s = fixedDigits(rest[7:9])
	if !h || !m || !s {
		return false
	}
	rest = rest[9:]
	if rest[0] == '.' {
		if rest, ok = parseFraction(rest[1:], c); !ok {
			return false
		}
	}
	rest, ok = parseOffset(rest, c, true)
	return ok && len(rest) == 0
}

func compareRFC3339(t *testing.T, text []byte) {
	t.Helper()
	var got, want civil
	ok, wantOK := parseRFC3339(text, &got), slowRFC3339(text, &want)
	if ok != wantOK || ok && got != want {
		t.Fatalf("%q: %v %+v, byte by byte %v %+v", text, ok, got, wantOK, want)
	}
}

func FuzzRFC3339(f *testing.F) {
	for _, text := range []string{"2026-11-22T05:06:07Z", "0000-00-00t99:99:99.9-23:59", "9999-12-31 23:59:60.123456789012+00:00", "2026-11-22T05:06:07"} {
		f.Add([]byte(text))
	}
	f.Fuzz(compareRFC3339)
}

// Every byte at every place of a time.
func TestTimesAgreeWithBytesReadOneByOne(t *testing.T) {
	for _, text := range []string{"2026-11-22T05:06:07.123Z", "2026-11-22T05:06:07Z", "9999-99-99T99:99:99+99:99", "0000-00-00T00:00:00-00:00"} {
		for at := range len(text) {
			for c := range 256 {
				changed := []byte(text)
				changed[at] = byte(c)
				compareRFC3339(t, changed)
				// The neighbour too, for what one byte may carry over to it.
				changed[min(at+1, len(text)-1)]++
				compareRFC3339(t, changed)
			}
		}
	}
}
