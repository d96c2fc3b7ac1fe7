package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// world is a pipeline whose every figure the test sets, and whose clock is the bubble's.
type world struct {
	fixed
	m *Monitor
	// mu guards what follows, and fixed.
	mu sync.Mutex
	// away is why the warehouse does not answer.
	away error
	disk Disk
	// shift is how far the machine's clock is from the bubble's.
	shift time.Duration
	sent  []string
	// broken is what the webhook answers.
	broken error
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) Accepted() (is map[int]uint64) {
	w.set(func() { is = w.fixed.Accepted() })
	return is
}

func (w *world) Committed() (is map[int]uint64) {
	w.set(func() { is = w.fixed.Committed() })
	return is
}

func (w *world) Classified(ctx context.Context, loaded map[int]uint64) (is Classified, err error) {
	w.set(func() { is, err = w.fixed.Classified(ctx, loaded) })
	return is, err
}

func (w *world) Count(context.Context) (is WarehouseCount, err error) {
	w.set(func() { is, err = w.count, w.away })
	return is, err
}

func (w *world) Disk() (is Disk, err error) {
	w.set(func() { is = w.disk })
	return is, nil
}

func (w *world) Send(_ context.Context, m Message) (err error) {
	w.set(func() {
		if err = w.broken; err == nil {
			w.sent = append(w.sent, m.Alarm+" "+string(m.State))
		}
	})
	return err
}

func (w *world) now() (is time.Time) {
	w.set(func() { is = time.Now().Add(w.shift) })
	return is
}

// pass lets time go by in a bubble, and what is due at the very end of it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// watch runs fn beside a monitor that runs; fn's sleeps are the bubble's.
func watch(t *testing.T, limits Limits, file string, fn func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{fixed: *positions(10, 10, 10, 10), disk: Disk{FreeBytes: 1 << 40}}
		w.run(t, limits, file, fn)
	})
}

func (w *world) run(t *testing.T, limits Limits, file string, fn func(w *world)) {
	t.Helper()
	began := time.Now()
	m := New(Config{
		Pipeline: "shop", Alarms: limits, AlarmFile: file,
		Now:     w.now,
		Elapsed: func() time.Duration { return time.Since(began) },
	}, Deps{Log: w, Catalog: w, Warehouse: w, Storage: w, Webhook: w})
	w.m = m
	m.Start(w.count.Watermarks)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := m.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	pass(10 * time.Second)
	fn(w)
	stop()
	<-done
}

// told compares what the webhook was told since the last call.
func (w *world) told(t *testing.T, when string, want ...string) {
	t.Helper()
	synctest.Wait()
	w.set(func() {
		if !slices.Equal(w.sent, want) {
			t.Errorf("%s: told %q, want %q", when, w.sent, want)
		}
		w.sent = nil
	})
}

func TestFreshnessAlarmComesOnceAndGoesOnce(t *testing.T) {
	watch(t, DefaultLimits(1<<30), "", func(w *world) {
		w.set(func() { w.accepted = map[int]uint64{0: 11} })
		pass(59 * time.Second)
		w.told(t, "at the limit")
		pass(5 * time.Minute)
		w.told(t, "past it", "freshness firing")
		r := w.m.Reading(t.Context())
		if s := r.Steps[2]; s.Name != StepDelivery || s.State != StateFail || s.LagEvents != 1 || s.LagSeconds < 300 {
			t.Errorf("%+v", s)
		}
		w.set(func() {
			w.committed, w.count.Watermarks, w.count.Tables = map[int]uint64{0: 11}, map[int]Watermark{0: {Position: 11}}, map[string]int64{"orders": 11}
		})
		pass(time.Minute)
		w.told(t, "loaded", "freshness ok")
	})
}

// Events that come after an idle hour are late by seconds, not by an hour.
func TestFreshnessAfterAnIdleHour(t *testing.T) {
	watch(t, DefaultLimits(1<<30), "", func(w *world) {
		pass(time.Hour)
		w.set(func() { w.accepted = map[int]uint64{0: 20} })
		pass(3 * time.Second)
		if age := time.Since(w.m.Reading(t.Context()).CompleteTo); age > 5*time.Second {
			t.Errorf("complete to %s ago", age)
		}
		w.told(t, "a moment later")
	})
}

func TestLagAlarmNeedsGrowthOverTheWholeWindow(t *testing.T) {
	limits := DefaultLimits(1 << 30)
	limits.Freshness, limits.Window = 0, time.Minute
	watch(t, limits, "", func(w *world) {
		for second := range 240 { // much at times, and nothing in between
			w.set(func() { w.accepted = map[int]uint64{0: 10 + uint64(second%20)*1000} })
			w.set(func() { w.count.Watermarks = map[int]Watermark{0: {Position: 10}} })
			pass(time.Second)
		}
		w.told(t, "in waves")
		for second := range 240 {
			w.set(func() { w.accepted = map[int]uint64{0: 30_000 + uint64(second)*10} })
			pass(time.Second)
		}
		w.told(t, "growing", "lag firing")
		pass(2 * time.Minute)
		w.told(t, "as much as before, and not more", "lag ok")
	})
}

func TestQuarantineAlarmLooksAtEveryContract(t *testing.T) {
	limits := DefaultLimits(1 << 30)
	limits.Ledger = false
	watch(t, limits, "", func(w *world) {
		deliver := func(orders, refused int64) {
			w.set(func() {
				c := w.classified
				w.classified = Classified{
					Committed:   map[string]int64{"orders": c.Committed["orders"] + orders, "pots": c.Committed["pots"] + 10},
					Quarantined: map[string]int64{"pots": c.Quarantined["pots"] + refused},
				}
			})
			w.m.Hear(event.Committed{Rows: orders + 10 - refused, Quarantined: refused})
			w.m.Hear(event.Quarantined{Reasons: map[event.Reason]int64{event.ReasonLength: refused}})
			pass(10 * time.Second)
		}
		deliver(100_000, 4) // too few to say anything
		w.told(t, "four")
		deliver(100_000, 4) // next to nothing of all, and much of pots
		w.told(t, "eight", "quarantine firing")
		if a := w.m.Reading(t.Context()).Alarms[2]; a.Name != AlarmQuarantine || a.Value != 0.4 || !strings.Contains(a.Message, "pots") {
			t.Errorf("%+v", a)
		}
		pass(6 * time.Minute)
		w.told(t, "after the window", "quarantine ok")
	})
}

func TestLedgerAlarmIsSure(t *testing.T) {
	watch(t, DefaultLimits(1<<30), "", func(w *world) {
		w.set(func() { w.count.Tables = map[string]int64{"orders": 9} })
		pass(idleCountPause + time.Second)
		w.told(t, "once")
		pass(3 * idleCountPause)
		w.told(t, "three times", "ledger firing")
		w.set(func() { w.away = errors.New("restarting") })
		pass(5 * time.Second)
		w.set(func() { w.away, w.count.Tables = nil, map[string]int64{"orders": 10} })
		pass(time.Minute)
		w.told(t, "again", "ledger ok")
	})
}

func TestDiskClockAndSteps(t *testing.T) {
	limits := DefaultLimits(1 << 30)
	limits.Freshness = 0
	watch(t, limits, "", func(w *world) {
		w.set(func() { w.disk.FreeBytes = 2<<30 - 1 })
		pass(10 * time.Second)
		w.set(func() { w.disk.FreeBytes = 2 << 30 })
		pass(10 * time.Second)
		w.told(t, "disk", "disk firing", "disk ok")

		w.set(func() { w.shift = -time.Hour })
		pass(30 * time.Second)
		w.told(t, "the clock is set back", "clock firing")
		pass(time.Minute)
		w.told(t, "and stays there", "clock ok")
		w.m.Hear(event.Committed{First: 1, Last: 10, Arrived: time.Now().UnixMilli()})
		pass(10 * time.Second)
		w.told(t, "an event arrived before the clock was set back", "clock firing")
		w.set(func() { w.shift = 0 })
		pass(2 * time.Minute)
		w.told(t, "set right", "clock ok")

		w.m.Hear(event.Failed{Step: "lake", Shard: 0, Err: errors.New("full")})
		w.m.Hear(event.Failed{Step: "lake", Shard: 1, Err: errors.New("full")})
		pass(8 * time.Second)
		w.told(t, "within ten seconds")
		w.m.Hear(event.Recovered{Step: "lake", Shard: 0})
		pass(8 * time.Second)
		w.told(t, "one shard works", "lake firing")
		w.m.Hear(event.Committed{Shard: 1, Last: 10})
		pass(8 * time.Second)
		w.told(t, "the other too", "lake ok")

		w.set(func() { w.away = errors.New("gone") })
		pass(30 * time.Second)
		w.told(t, "no warehouse", "warehouse firing")
		w.set(func() { w.away = nil })
		pass(30 * time.Second)
		w.told(t, "a warehouse", "warehouse ok")
	})
}

func TestAlarmsThatAreOffStaySilent(t *testing.T) {
	watch(t, Limits{Window: time.Minute}, "", func(w *world) {
		w.set(func() {
			w.accepted, w.count.Tables, w.disk.FreeBytes, w.away = map[int]uint64{0: 1 << 20}, nil, 0, errors.New("gone")
		})
		pass(10 * time.Minute)
		w.told(t, "all is wrong")
		if r := w.m.Reading(t.Context()); len(r.Alarms) != 0 {
			t.Errorf("%+v", r.Alarms)
		}
	})
}

// A webhook that is away for long gets everything in order when it is back, once.
func TestWebhookThatIsAwayLearnsEverythingInOrder(t *testing.T) {
	watch(t, DefaultLimits(1<<30), "", func(w *world) {
		w.set(func() { w.broken = errors.New("503") })
		for range 3 {
			w.set(func() { w.disk.FreeBytes = 0 })
			pass(10 * time.Second)
			w.set(func() { w.disk.FreeBytes = 1 << 40 })
			pass(10 * time.Second)
		}
		w.told(t, "away")
		w.set(func() { w.broken = nil })
		pass(lastResend)
		w.told(t, "back", "disk firing", "disk ok", "disk firing", "disk ok", "disk firing", "disk ok")
	})
}

// Alarms are remembered over restarts: one that fires is not sent again, its end is sent, and what
// could not be sent is.
func TestAlarmsSurviveRestarts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alarms.json")
	limits := DefaultLimits(1 << 30)
	synctest.Test(t, func(t *testing.T) {
		w := &world{fixed: *positions(10, 10, 10, 10)}
		w.run(t, limits, file, func(w *world) { w.told(t, "first run", "disk firing") })
		w.run(t, limits, file, func(w *world) {
			pass(time.Minute)
			w.told(t, "second run")
			w.set(func() { w.broken = errors.New("503") })
			w.set(func() { w.disk.FreeBytes = 1 << 40 })
			pass(10 * time.Second)
		})
		w.set(func() { w.broken = nil })
		w.run(t, limits, file, func(w *world) { w.told(t, "third run", "disk ok") })
		w.run(t, limits, file, func(w *world) { w.told(t, "fourth run") })
	})
	for _, text := range []string{`{"version":2,"firing":[{"name":"disk"}]}`, "{", ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if all, _ := New(Config{AlarmFile: file, Alarms: limits}, Deps{}).mu.alarms.list(); len(all) != 10 || all[4].State != AlarmOK {
			t.Errorf("from %q: %+v", text, all)
		}
	}
}

func TestOneComputationServesAllListeners(t *testing.T) {
	watch(t, DefaultLimits(1<<30), "", func(w *world) {
		first, stopFirst := w.m.Listen()
		second, stopSecond := w.m.Listen()
		defer stopFirst()
		pass(tick + tick/2) // what each got when it came
		var last *byte
		for range 3 {
			a, b := <-first, <-second
			if &a[0] != &b[0] || &a[0] == last {
				t.Error("a listener has a reading of its own, or an old one")
			}
			last = &a[0]
		}
		stopSecond()
		<-first
		var r Reading
		if err := json.Unmarshal(<-first, &r); err != nil || r.Pipeline != "shop" || len(r.Steps) != 5 || len(r.Alarms) != 10 {
			t.Errorf("%v %+v", err, r)
		}
	})
}

func TestWebhookKeepsItsAddressToItself(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the message went elsewhere")
	}))
	defer elsewhere.Close()
	var body string
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(status)
	}))
	defer server.Close()
	secret := server.URL + "/very-secret"
	m := Message{Pipeline: "shop", Alarm: "lake", State: AlarmFiring, Message: "<a> & b"}
	send := func(url string, format WebhookFormat) string {
		if err := NewHTTPWebhook(url, format).Send(t.Context(), m); err != nil {
			return err.Error()
		}
		return ""
	}
	if err := send(secret, FormatSlack); err != "" || body != `{"text":":rotating_light: shop: lake: \u0026lt;a\u0026gt; \u0026amp; b"}` {
		t.Errorf("slack: %s %s", err, body)
	}
	var got Message
	if err := send(secret, FormatJSON); err != "" || json.Unmarshal([]byte(body), &got) != nil || got != m {
		t.Errorf("json: %s %s", err, body)
	}
	for _, status = range []int{302, 307, 404, 500} {
		if err := send(secret, FormatJSON); !strings.Contains(err, "answered") || strings.Contains(err, "secret") {
			t.Errorf("%d: %q", status, err)
		}
	}
	server.Close()
	for _, url := range []string{secret, "http://very-secret.invalid/x", "http://127.0.0.1:1/very-secret", "http://very-secret\x7f/"} {
		if err := send(url, FormatJSON); err == "" || strings.Contains(err, "secret") || strings.Contains(err, "127.0.0.1") {
			t.Errorf("%s: %q", url, err)
		}
	}
}
