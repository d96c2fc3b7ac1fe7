package contract

import (
	"crypto/md5"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// aggregate is a record as the Kinesis Producer Library makes it of two events: the table of partition keys (field
// 1), then records (field 3) with the index of a key (1) and data (3).
func aggregate(first, second string) []byte {
	events := []byte("\x0a\x03key")
	for _, data := range []string{first, second} {
		record := append([]byte{0x08, 0x00, 0x1a, byte(len(data))}, data...)
		events = append(append(events, 0x1a, byte(len(record))), record...)
	}
	sum := md5.Sum(events)
	return append(append([]byte("\xf3\x89\x9a\xc2"), events...), sum[:]...)
}

func TestAnAggregatedRecordIsKeptAndSaysWhatItIs(t *testing.T) {
	p := compile(t, one("type: bigint")).NewProcessor()
	whole := aggregate(`{"v":1}`, `{"v":2}`)
	out := p.Process(whole)
	if out.Verdict != Quarantined || out.Reason != event.ReasonNotJSON || !strings.Contains(out.Detail, "AggregationEnabled") || len(out.Detail) > maxDetail {
		t.Errorf("%+v", out)
	}
	other := append([]byte(nil), whole...)
	other[len(other)-1] ^= 1
	for name, data := range map[string][]byte{
		"another checksum": other, "cut off": whole[:len(whole)-1], "the magic number": whole[:4], "shorter than a checksum": whole[:19], "an event": []byte(`{"v":1}`),
	} {
		if out := p.Process(data); strings.Contains(out.Detail, "AggregationEnabled") {
			t.Errorf("%s is taken for an aggregated record", name)
		}
	}
}
