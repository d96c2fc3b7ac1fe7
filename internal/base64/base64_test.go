package base64_test

import (
	"bytes"
	std "encoding/base64"
	"testing"

	"github.com/penstock/penstock/internal/base64"
)

// FuzzBase64 compares with encoding/base64, which passes over line breaks where we must not.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"", "YQ==", "YR==", "YWI=", "YWJ=", "YWJj", "YW\nJj", "====", "Y===", "YQ==YQ==", "YW=j", "YQ=", "-_-_", string(bytes.Repeat([]byte("YWJj"), 50)), string(bytes.Repeat([]byte("YWJj"), 50)) + "YQ=\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		dst := append(make([]byte, 0, 3+base64.Room(len(src))), "abc"...)
		grown, data, ok := base64.Decode(dst, src)
		want, err := std.StdEncoding.Strict().DecodeString(string(src))
		valid := err == nil && !bytes.ContainsAny(src, "\r\n")
		if ok != valid || ok && !bytes.Equal(data, want) || !bytes.HasPrefix(grown, []byte("abc")) {
			t.Fatalf("%q: got %q %v, want %q %v", src, data, ok, want, err)
		}
		if !ok {
			return
		}
		if again := base64.Append([]byte("x"), data); string(again) != "x"+string(src) {
			t.Fatalf("%q becomes %q", src, again)
		}
	})
}
