package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// quarantine is the table whose files do not lie under data/.
const quarantine = "quarantine"

const (
	maxName = 1024 // S3's limit for a key, of which a prefix takes its part
	maxPart = 255  // what file systems allow for one component
	// maxWord is how much of a table's or stream's name goes into a file name; a longer one is cut
	// and made unique again by a hash.
	maxWord = 150
)

// DataName names the file with the rows of table from the records first to last of a shard:
//
//	data/<table>/dt=2026-11-22/hour=05/<stream>-<shard>-<first>-<last>-<generation>.<ext>
//	quarantine/dt=2026-11-22/hour=05/<stream>-<shard>-<first>-<last>-<generation>.<ext>
//
// The time is oldest, the arrival of the file's oldest record, in UTC. Shard and records are padded
// with zeros, so that names sort in the order of records within an hour. Characters of table and
// stream other than letters, digits, "_", "-" and "." are percent-encoded. ext has no leading dot.
func DataName(table, stream string, shard int, oldest time.Time, first, last uint64, generation uint32, ext string) string {
	b := make([]byte, 0, 160)
	if table == quarantine {
		b = append(b, quarantine...)
	} else {
		b = append(b, "data/"...)
		b = appendWord(b, table)
	}
	b = oldest.UTC().AppendFormat(b, "/dt=2006-01-02/hour=15/")
	b = appendWord(b, stream)
	b = appendPadded(append(b, '-'), uint64(shard), 4)
	b = appendPadded(append(b, '-'), first, 12)
	b = appendPadded(append(b, '-'), last, 12)
	b = strconv.AppendUint(append(b, '-'), uint64(generation), 10)
	return string(append(append(b, '.'), ext...))
}

// appendPadded appends v with zeros in front up to width digits.
func appendPadded(b []byte, v uint64, width int) []byte {
	limit := uint64(1)
	for range width - 1 {
		limit *= 10
	}
	for ; v < limit && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, v, 10)
}

// appendWord appends a name as one component of an object's name. Different names stay different.
func appendWord(b []byte, word string) []byte {
	start := len(b)
	for i := range len(word) {
		c := word[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.' && i > 0:
			b = append(b, c)
		default:
			const hexDigits = "0123456789ABCDEF"
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	if len(b)-start > maxWord {
		sum := sha256.Sum256([]byte(word))
		b = append(b[:start+maxWord-17], '%')
		b = hex.AppendEncode(b, sum[:8])
	}
	return b
}

// CheckName reports why name cannot be an object's: components are separated by "/", none is empty,
// "." or "..", the first does not begin with ".", and all is UTF-8 without control characters.
func CheckName(name string) error {
	bad := func(why string) error { return fmt.Errorf("%w: %q %s", ErrName, name, why) }
	switch {
	case name == "":
		return bad("is empty")
	case len(name) > maxName:
		return bad(fmt.Sprintf("has %d bytes, more than %d", len(name), maxName))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return bad("holds a control character, a backslash or bytes that are not UTF-8")
	case name[0] == '.':
		return bad("begins with a dot")
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "":
			return bad("has an empty component")
		case part == "." || part == "..":
			return bad("has a component . or ..")
		case len(part) > maxPart:
			return bad(fmt.Sprintf("has a component of more than %d bytes", maxPart))
		}
	}
	return nil
}
