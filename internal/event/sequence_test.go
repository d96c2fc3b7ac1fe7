package event

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// reference builds the number with math/big, field by field, as the layout is written down.
func reference(s Shard, seq uint64, millis int64) string {
	n := new(big.Int)
	put := func(low uint, v uint64) {
		n.Or(n, new(big.Int).Lsh(new(big.Int).SetUint64(v), low))
	}
	put(0, 2)
	put(4, uint64(s.Index))
	put(36, uint64(millis/1000))
	put(80, seq)
	put(144, uint64(s.Index)&0xf)
	put(148, uint64(s.Created))
	put(184, 2)
	return n.String()
}

func TestSequenceNumberMatchesLayoutAndParsesBack(t *testing.T) {
	for range 2000 {
		s := Shard{Index: rand.IntN(1 << 31), Created: rand.Int64N(1 << 36)}
		seq, millis := rand.Uint64N(1<<63), rand.Int64N(1<<36*1000)
		got := s.SequenceNumber(seq, millis)
		if want := reference(s, seq, millis); got != want {
			t.Fatalf("shard %+v seq %d millis %d: got %s, want %s", s, seq, millis, got, want)
		}
		p, err := ParseSequenceNumber(got)
		if err != nil || p.Sequence != seq || p.Shard != s || p.Seconds != millis/1000 {
			t.Fatalf("parsing %s: %+v, %v", got, p, err)
		}
	}
}

func TestSequenceNumbersIncreaseWhateverTheClock(t *testing.T) {
	s := Shard{Index: 3, Created: 1_700_000_000}
	before := s.SequenceNumber(41, 1_800_000_000_000)
	after := s.SequenceNumber(42, 1_700_000_000_000)
	if len(before) != SequenceNumberLen || len(after) != SequenceNumberLen || after <= before {
		t.Fatalf("%s then %s", before, after)
	}
}

func TestParseSequenceNumberRefusesOthers(t *testing.T) {
	for _, text := range []string{"", "0", "1", "-2", "+2", "abc", "495", "99999999999999999999999999999999999999999999999999999999"} {
		if p, err := ParseSequenceNumber(text); err == nil {
			t.Errorf("%q parsed as %+v", text, p)
		}
	}
}

func BenchmarkAppendSequenceNumber(b *testing.B) {
	s := Shard{Index: 3, Created: 1_700_000_000}
	dst := make([]byte, 0, 64)
	for i := range b.N {
		dst = s.AppendSequenceNumber(dst[:0], uint64(i), 1_800_000_000_000)
	}
}
