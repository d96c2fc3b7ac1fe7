package kinesis

import (
	"encoding/binary"
	"strings"
	"time"
)

// iterator is a place to read from in a shard.
type iterator struct {
	stream string
	// created tells a stream from a later one of the same name.
	created int64
	shard   int
	// next is the sequence to read next. It need not exist.
	next uint64
}

func (s *Server) sealIterator(it iterator) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 160), uint64(it.created))
	b = binary.BigEndian.AppendUint32(b, uint32(it.shard))
	b = binary.BigEndian.AppendUint64(b, it.next)
	return s.tokens.seal(iteratorToken, append(b, it.stream...))
}

// openIterator reads an iterator. Shell scripts tend to pass it on with the quotes of the JSON
// they took it from, which AWS lets pass.
func (s *Server) openIterator(token string) (iterator, error) {
	content, issued, err := s.tokens.open(iteratorToken, unquote(token))
	if err != nil || len(content) < 20 {
		return iterator{}, invalidArgument("Invalid ShardIterator.")
	}
	if s.tokens.expired(issued) {
		return iterator{}, failf("ExpiredIteratorException",
			"Iterator expired. The iterator was created at time %s while right now it is %s "+
				"which is further in the future than the tolerated delay of %d milliseconds.",
			javaTime(issued), javaTime(s.cfg.Now()), tokenLifetime.Milliseconds())
	}
	return iterator{
		created: int64(binary.BigEndian.Uint64(content)),
		shard:   int(binary.BigEndian.Uint32(content[8:])),
		next:    binary.BigEndian.Uint64(content[12:]),
		stream:  string(content[20:]),
	}, nil
}

func unquote(token string) string {
	return strings.TrimSuffix(strings.TrimPrefix(token, `"`), `"`)
}

// javaTime writes a time as it stands in AWS's error texts.
func javaTime(t time.Time) string { return t.UTC().Format("Mon Jan 02 15:04:05 UTC 2006") }
