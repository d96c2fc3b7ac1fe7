package kinesis

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// FuzzBase64 compares with encoding/base64, which passes over line breaks where we must not.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"", "YQ==", "YR==", "YWI=", "YWJ=", "YWJj", "YW\nJj", "====", "Y===", "YQ==YQ==", "YW=j", "YQ=", "-_-_", string(bytes.Repeat([]byte("YWJj"), 50)), string(bytes.Repeat([]byte("YWJj"), 50)) + "YQ=\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		dst := append(make([]byte, 0, 3+blobSpace(len(src))), "abc"...)
		grown, data, ok := decodeBase64(dst, src)
		want, err := base64.StdEncoding.Strict().DecodeString(string(src))
		valid := err == nil && !bytes.ContainsAny(src, "\r\n")
		if ok != valid || ok && !bytes.Equal(data, want) || !bytes.HasPrefix(grown, []byte("abc")) {
			t.Fatalf("%q: got %q %v, want %q %v", src, data, ok, want, err)
		}
		if !ok {
			if base64Fault(src) == "" {
				t.Fatal("no reason given")
			}
			return
		}
		if again := appendBase64([]byte("x"), data); string(again) != "x"+string(src) {
			t.Fatalf("%q becomes %q", src, again)
		}
	})
}
