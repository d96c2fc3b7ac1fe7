package stream

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// JetStream names may not contain dots, spaces, wildcards or slashes, and each is a folder on disk.
// A shard's is "s<id>-<index>-<stream>", a journal's "j-<journal>". The id is given once to a
// stream and never again, so nothing left behind by a deleted stream can pass for its successor.

func shardName(id uint64, index int, stream string) string {
	return fmt.Sprintf("s%d-%d-%s", id, index, encodeName(stream))
}

func journalName(journal string) string { return "j-" + encodeName(journal) }

// encodeName writes '.' as '=' and what else JetStream or a file system might refuse as '%' and two
// hexadecimal digits. It is reversible: a stream's own '=' and '%' become hexadecimal.
func encodeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '.':
			b.WriteByte('=')
		case plainNameByte(c):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func plainNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// checkName refuses a stream name that Kinesis would refuse.
func checkName(name string) error {
	for i := range len(name) {
		if !plainNameByte(name[i]) && name[i] != '.' {
			return badName(name)
		}
	}
	if name == "" || len(name) > 128 {
		return badName(name)
	}
	return nil
}

func badName(name string) error {
	return &event.Error{
		Code:    "bad_stream_name",
		Message: fmt.Sprintf("%q is not a stream name", name),
		Hint:    "use 1 to 128 letters, digits, '_', '.' and '-'",
	}
}
