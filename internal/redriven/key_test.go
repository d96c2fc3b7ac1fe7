package redriven_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/redriven"
)

const sequence = "49600000000000000000000000000000000000000000000000000002"

func TestAPartitionKeyCarriesThePositionThereAndBack(t *testing.T) {
	for _, o := range []redriven.Origin{
		{Shard: "shardId-000000000000", Sequence: sequence, Key: "customer|7"},
		{Shard: "shardId-000000000001", Sequence: "496.00000001"},
		{Shard: "errors", Sequence: "0a1b2c-17", Key: "ключ"},
	} {
		key, ok := o.PartitionKey()
		if !ok {
			t.Fatalf("%+v has no key", o)
		}
		if back, ok := redriven.Parse(key); !ok || back != o {
			t.Errorf("%q is read as %+v, %v", key, back, ok)
		}
	}
}

func TestAKeyHas256CharactersAtMost(t *testing.T) {
	o := redriven.Origin{Shard: "shardId-000000000000", Sequence: strings.Repeat("4", 56), Key: strings.Repeat("ж", 256)}
	key, ok := o.PartitionKey()
	if !ok || utf8.RuneCountInString(key) != 256 {
		t.Fatalf("%d characters, %v", utf8.RuneCountInString(key), ok)
	}
	if back, ok := redriven.Parse(key); !ok || back.Sequence != o.Sequence || !strings.HasPrefix(o.Key, back.Key) {
		t.Errorf("read as %+v", back)
	}
}

func TestWhatNoRedriveMadeIsLeftAlone(t *testing.T) {
	for _, key := range []string{
		"", "customer", "penstock-redriven", "penstock-redriven|a|b", "penstock-redriven||b|k", "penstock-redriven|a||k",
		"penstock-redriven|a|" + strings.Repeat("9", 97) + "|k", "penstock-redriven|" + strings.Repeat("a", 97) + "|9|k",
	} {
		if o, ok := redriven.Parse(key); ok {
			t.Errorf("%q is read as %+v", key, o)
		}
	}
	for _, o := range []redriven.Origin{{}, {Shard: "a|b", Sequence: "1"}, {Shard: "a", Sequence: strings.Repeat("1", 97)}, {Shard: "a\xff", Sequence: "1"}} {
		if key, ok := o.PartitionKey(); ok {
			t.Errorf("%+v became %q", o, key)
		}
	}
}

// TestAPositionIsThatOfNoOtherEvent: whoever may put records may name any position in a key, and must not be able to
// take that of an event which is not byte for byte the one that was sent.
func TestAPositionIsThatOfNoOtherEvent(t *testing.T) {
	o := redriven.Origin{Shard: "shardId-000000000000", Sequence: sequence, Key: "customer"}
	genuine := [2]string{o.Shard, o.Sequence}
	seen := map[[2]string]string{genuine: "the event that arrived by itself"}
	for name, c := range map[string]struct {
		o    redriven.Origin
		data string
	}{
		"redriven":       {o, `{"id":1}`},
		"other bytes":    {o, `{"id":2}`},
		"other sequence": {redriven.Origin{Shard: o.Shard, Sequence: o.Sequence + "1"}, `{"id":1}`},
		"other shard":    {redriven.Origin{Shard: "shardId-000000000001", Sequence: o.Sequence}, `{"id":1}`},
		"marked itself":  {redriven.Origin{Shard: "redriven-" + o.Shard, Sequence: o.Sequence}, `{"id":1}`},
		"empty":          {o, ""},
	} {
		shard, sequence := c.o.Position([]byte(c.data))
		at := [2]string{shard, sequence}
		if seen[at] != "" || !strings.HasPrefix(shard, "redriven-") {
			t.Errorf("%s has the position %q of %s", name, at, seen[at])
		}
		seen[at] = name
	}
	other := o
	other.Key = "cut off"
	shardA, sequenceA := o.Position([]byte(`{"id":1}`))
	if shardB, sequenceB := other.Position([]byte(`{"id":1}`)); shardA != shardB || sequenceA != sequenceB {
		t.Error("two copies of one event have two positions")
	}
}

func TestAnEventThatIsRefusedAgainKeepsItsFirstPosition(t *testing.T) {
	o := redriven.Origin{Shard: "shardId-000000000000", Sequence: sequence + ".00000001"}
	shard, row := o.Position([]byte("x"))
	if first, sequence := redriven.First(shard, row); first != o.Shard || sequence != o.Sequence {
		t.Errorf("%s %s was first at %s %s", shard, row, first, sequence)
	}
	for _, at := range [][2]string{{o.Shard, o.Sequence}, {"direct-put", row}, {"redriven-x", "1"}, {"redriven-x", "-0123456789abcdef0123456789abcdef"}, {"", ""}} {
		if shard, sequence := redriven.First(at[0], at[1]); shard != at[0] || sequence != at[1] {
			t.Errorf("%q was first at %q %q", at, shard, sequence)
		}
	}
}
