package monitor

import (
	"testing"
	"time"
)

func TestLedgerSaysWhichWayItFails(t *testing.T) {
	for _, c := range []struct {
		ledger Ledger
		want   int64
	}{
		{Ledger{Accepted: 10, Loaded: 4, Quarantined: 3, Dropped: 2, InFlight: 1}, 0},
		{Ledger{Accepted: 10, Loaded: 9}, 1},
		{Ledger{Accepted: 10, Loaded: 11}, -1},
	} {
		if got := c.ledger.Imbalance(); got != c.want {
			t.Errorf("%+v: imbalance %d, want %d", c.ledger, got, c.want)
		}
	}
}

func TestCompleteToIsTheSlowestBusyShard(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	idle := ShardProgress{Shard: 0, Accepted: 5, Loaded: 5, LoadedArrived: 1}
	busy := ShardProgress{Shard: 1, Accepted: 9, Loaded: 7, LoadedArrived: 600_000}
	busier := ShardProgress{Shard: 2, Accepted: 9, Loaded: 2, LoadedArrived: 500_000}
	if got := CompleteTo([]ShardProgress{idle}, now); !got.Equal(now) {
		t.Errorf("idle shards are complete to now, got %v", got)
	}
	if got := CompleteTo([]ShardProgress{idle, busy, busier}, now); got.UnixMilli() != 500_000 {
		t.Errorf("got %v, want the slowest busy shard", got)
	}
}
