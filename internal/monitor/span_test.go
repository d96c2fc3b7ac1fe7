package monitor

import (
	"testing"
	"time"
)

func TestASpanIsWrittenAsPeopleDo(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "1s": 1400 * time.Millisecond, "10s": 10 * time.Second, "5m": 5 * time.Minute, "10m": 10*time.Minute + 100*time.Millisecond,
		"1m10s": 70 * time.Second, "1h": time.Hour, "1h5m": 65 * time.Minute, "10h0m1s": 10*time.Hour + time.Second, "24h": 24 * time.Hour,
	} {
		if got := span(d, time.Second); got != want {
			t.Errorf("%s is written %s, want %s", d, got, want)
		}
	}
}
