package processor

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/firehose/prefix"
)

// An object's text is its kind, and behind it, set apart by NUL: the error output type, or the table it
// can be loaded into and the partition keys of the prefix with their values.
const (
	isData   = "data"
	isErrors = "errors"
	apart    = "\x00"
)

// quarantineObject holds the rows of the quarantine for what is in the error output. It lies where a
// pipeline keeps its quarantine, beside what Firehose itself would write.
const quarantineObject = "quarantine"

func errorObject(kind string) string { return isErrors + apart + kind }

func dataObject(names []string, keys map[string]string, table string) string {
	var b strings.Builder
	b.WriteString(isData + apart + table)
	for _, name := range names {
		b.WriteString(apart + name + apart + strings.ReplaceAll(keys[name], apart, ""))
	}
	return b.String()
}

// Name names an object: its evaluated prefix, and Firehose's name behind it. oldest is the arrival of
// its oldest record; the same seed and object give the same name.
func (p *Processor) Name(object string, oldest time.Time, seed string) string {
	parts := strings.Split(object, apart)
	values := prefix.Values{Time: oldest, Keys: map[string]string{}, Random: randomStrings(seed + apart + object)}
	from, extension := p.cfg.Data, p.cfg.Extension
	switch parts[0] {
	case isErrors:
		from, extension = p.cfg.Errors, ""
		values.ErrorType = parts[1]
	case quarantineObject:
		from = p.quarantine
	default:
		for i := 2; i+1 < len(parts); i += 2 {
			values.Keys[parts[i]] = parts[i+1]
		}
	}
	version := 1
	if len(p.cfg.Data.Keys()) > 0 {
		version = 0 // names have none with dynamic partitioning
	}
	sum := sha256.Sum256([]byte(seed + apart + object))
	return clean(from.Evaluate(values)) + prefix.ObjectName(p.cfg.Shard.Stream, version, oldest, uuid(sum[:16]), extension)
}

// randomStrings gives random-looking texts of eleven characters that depend on seed alone.
func randomStrings(seed string) func() string {
	n := uint64(0)
	return func() string {
		n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(seed), n))
		return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:11])
	}
}

// clean makes a prefix fit for a lake on a folder: S3 takes any key, a folder no empty, hidden or parent
// folder, no control characters and no component beyond 255 bytes.
func clean(text string) string {
	parts := strings.Split(text, "/")
	kept := parts[:0]
	for i, part := range parts {
		part = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == '\\' {
				return '_'
			}
			return r
		}, strings.ToValidUTF8(part, "_"))
		most := longestFolder
		if i == len(parts)-1 {
			most = longestBegin
		} else if part == "" {
			continue
		}
		if strings.HasPrefix(part, ".") {
			part = "_" + part
		}
		if len(part) > most {
			part = fmt.Sprintf("%s-%x", strings.ToValidUTF8(part[:most-17], ""), sha256.Sum256([]byte(part)))
			part = part[:min(len(part), most)]
		}
		kept = append(kept, part)
	}
	return strings.Join(kept, "/")
}

const (
	longestFolder = 200
	// longestBegin leaves room for what follows in the same component: stream, time, UUID, extension.
	longestBegin = 60
)
