package kinesis

import (
	"bytes"
	"fmt"

	"github.com/penstock/penstock/internal/base64"
)

// base64Fault says what is wrong with a text that base64.Decode refused, as AWS words it.
func base64Fault(src []byte) string {
	if len(src)%4 != 0 {
		return fmt.Sprintf("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(src))
	}
	body := bytes.TrimSuffix(bytes.TrimSuffix(src, []byte("=")), []byte("="))
	for _, c := range body {
		if base64.Value(c) == 255 {
			return fmt.Sprintf("Invalid Base64 character: %q", rune(c))
		}
	}
	return "Invalid last non-pad Base64 character dectected" // spelled as AWS spells it
}
