package dashboard

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestLoginsRefusedForTheirNumberAreLoggedOnceAMinute(t *testing.T) {
	var log bytes.Buffer
	server := guarded(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for range 60 {
		post(server, "/api/v1/login", `{"token":"not the token"}`)
	}
	if n := strings.Count(log.String(), "too many failed logins"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	var r refusals
	address, now := netip.MustParseAddr("192.0.2.1"), time.Now()
	for after, want := range []bool{0: true, 1: false, 2: true} {
		if got := r.first(address, now.Add(time.Duration(after)*refusalPause-time.Duration(after%2)*time.Second)); got != want {
			t.Errorf("%d: %v", after, got)
		}
	}
	if !r.first(netip.MustParseAddr("192.0.2.2"), now) {
		t.Error("another address is kept quiet")
	}
}
