package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pass lets time go by in a bubble, and what is due at the very end of it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// counter is a warehouse whose every answer is how many rows were loaded.
type counter struct {
	mu      sync.Mutex
	rows    int
	queries int
	running int
	most    int
	err     error
	takes   time.Duration
	metered bool
}

func (c *counter) Metered() bool { return c.metered }

func (c *counter) Query(ctx context.Context, _ string, _ Limits) (Answer, error) {
	c.mu.Lock()
	c.queries++
	c.running++
	c.most = max(c.most, c.running)
	rows, err, takes := c.rows, c.err, c.takes
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.running--
		c.mu.Unlock()
	}()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	text := fmt.Sprint(rows)
	return Answer{Rows: chart.Rows{Columns: []chart.Column{{Name: "n", Type: "bigint"}}, Rows: [][]*string{{&text}}}}, err
}

func (c *counter) set(change func(*counter)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *counter) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queries
}

func (c *counter) Freshness(context.Context) Fresh { return Fresh{Ready: true, Quarantined: 12} }

// shop is a dashboard of n charts.
func shop(t *testing.T, n int, more string) *chart.Dashboard {
	t.Helper()
	text := "title: Shop\ntime: at\nfilters: [{name: country, table: orders}]\n" + more + "charts:\n"
	for i := range n {
		text += fmt.Sprintf("  - {title: c%d, type: number, sql: 'select count(*) from orders where {{period}} and {{filters}}'}\n", i)
	}
	d := chart.Compile([]contract.Source{{Name: "shop.yaml", Text: []byte(text)}}, []*contract.Table{{Name: "orders", Columns: []contract.Column{
		{Name: "at", Type: contract.Type{Kind: contract.Timestamp}}, {Name: "country", Type: contract.Type{Kind: contract.Varchar}},
	}}})[0]
	if len(d.Faults) > 0 {
		t.Fatal(d.Faults)
	}
	return d
}

var all = chart.State{Range: chart.RangeAll}

// inBubble runs a hub under a clock of its own.
func inBubble(t *testing.T, cfg Config, c *counter, test func(ctx context.Context, h *Hub)) {
	synctest.Test(t, func(t *testing.T) {
		cfg.Logger = slog.New(slog.DiscardHandler)
		h := New(cfg, c, c)
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() {
			if err := h.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		test(ctx, h)
		cancel()
		running.Wait()
	})
}

// looker is somebody who looks at a dashboard.
type looker struct {
	mu     sync.Mutex
	charts []chart.Result
	fresh  []Fresh
	leave  context.CancelFunc
	gone   chan error
}

func look(ctx context.Context, h *Hub, d *chart.Dashboard, s chart.State) *looker {
	ctx, cancel := context.WithCancel(ctx)
	l := &looker{leave: cancel, gone: make(chan error, 1)}
	go func() { l.gone <- h.Watch(ctx, d, s, l.take) }()
	return l
}

func (l *looker) take(name, _ string, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name == "freshness" {
		var f Fresh
		_ = json.Unmarshal(data, &f)
		l.fresh = append(l.fresh, f)
		return
	}
	var r chart.Result
	_ = json.Unmarshal(data, &r)
	l.charts = append(l.charts, r)
}

func (l *looker) last() (r chart.Result, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.charts) == 0 {
		return r, 0
	}
	return l.charts[len(l.charts)-1], len(l.charts)
}

// all are the charts sent so far.
func (l *looker) all() []chart.Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.charts)
}

func value(r chart.Result) string {
	if len(r.Rows.Rows) == 0 {
		return ""
	}
	return *r.Rows.Rows[0][0]
}

func TestOneQueryServesAllWhoLook(t *testing.T) {
	c := &counter{rows: 5}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		d := shop(t, 3, "")
		var lookers []*looker
		for range 200 {
			lookers = append(lookers, look(ctx, h, d, all))
		}
		pass(time.Second)
		if c.asked() != 3 {
			t.Errorf("%d queries for 3 charts and 200 people", c.asked())
		}
		c.set(func(c *counter) { c.rows = 6 })
		h.Hear(event.Loaded{Rows: 1})
		pass(time.Second)
		if c.asked() != 6 {
			t.Errorf("%d queries after a load", c.asked())
		}
		late := look(ctx, h, d, all)
		synctest.Wait()
		for _, l := range append(lookers, late) {
			if r, _ := l.last(); value(r) != "6" {
				t.Fatalf("somebody sees %q", value(r))
			}
		}
		if c.asked() != 6 {
			t.Error("somebody who came late cost a query")
		}
		late.mu.Lock()
		defer late.mu.Unlock()
		if len(late.fresh) == 0 || late.fresh[0].Quarantined != 12 {
			t.Errorf("freshness %+v", late.fresh)
		}
	})
}

func TestAChartFollowsALoadWithinTwoSeconds(t *testing.T) {
	c := &counter{takes: 100 * time.Millisecond}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		l := look(ctx, h, shop(t, 1, ""), chart.State{Range: "1h"})
		for rows := 1; rows <= 50; rows++ {
			c.set(func(c *counter) { c.rows = rows })
			h.Hear(event.Loaded{Rows: 1})
			loaded := time.Now()
			for {
				pass(10 * time.Millisecond)
				if r, _ := l.last(); value(r) == fmt.Sprint(rows) {
					break
				}
				if time.Since(loaded) > 2*time.Second {
					t.Fatalf("%d is not shown", rows)
				}
			}
		}
	})
}

func TestChartsUseNoMoreThanTheirShare(t *testing.T) {
	c := &counter{takes: 500 * time.Millisecond}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		look(ctx, h, shop(t, 20, ""), chart.State{Range: "1h"})
		pass(20 * time.Second)
		before := c.asked()
		for range 600 { // a load each 100 ms for a minute
			h.Hear(event.Loaded{Rows: 1})
			pass(100 * time.Millisecond)
		}
		if busy := time.Duration(c.asked()-before) * c.takes; busy > 62*time.Second {
			t.Errorf("in a minute queries ran for %s", busy)
		}
		if c.most > 2 {
			t.Errorf("%d queries at once", c.most)
		}
	})
}

func TestNothingRunsWhenNobodyLooks(t *testing.T) {
	c := &counter{}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		l := look(ctx, h, shop(t, 3, ""), chart.State{Range: "15m"})
		pass(time.Second)
		l.leave()
		<-l.gone
		synctest.Wait()
		asked := c.asked()
		for range 100 {
			h.Hear(event.Loaded{Rows: 1})
			pass(time.Second)
		}
		if c.asked() != asked {
			t.Errorf("%d queries for nobody", c.asked()-asked)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.mu.views) != 0 || len(h.mu.states) != 0 || h.mu.bytes != 0 {
			t.Errorf("%d views, %d states, %d bytes are kept", len(h.mu.views), len(h.mu.states), h.mu.bytes)
		}
	})
}

func TestAWindowMovesWithoutLoads(t *testing.T) {
	c := &counter{}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		moving := look(ctx, h, shop(t, 1, ""), chart.State{Range: "15m"})
		pass(time.Minute)
		if n := c.asked(); n < 10 || n > 14 {
			t.Errorf("%d queries in a minute, not one each five seconds", n)
		}
		moving.leave()
		<-moving.gone
		before := c.asked()
		look(ctx, h, shop(t, 1, ""), all)
		pass(time.Minute)
		if n := c.asked() - before; n != 1 {
			t.Errorf("%d queries for a window that stands", n)
		}
	})
}

func TestAWarehouseThatCostsMoneyIsAskedAtTheIntervalOnly(t *testing.T) {
	for more, want := range map[string]int{"refresh: live\n": 10, "refresh: 30s\n": 20} {
		c := &counter{metered: true}
		inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
			look(ctx, h, shop(t, 1, more), chart.State{Range: "15m"})
			for range 595 {
				h.Hear(event.Loaded{Rows: 1})
				pass(time.Second)
			}
			if c.asked() != want {
				t.Errorf("%s: %d queries in ten minutes, want %d", more, c.asked(), want)
			}
		})
	}
}

func TestTheLastGoodDataOutlivesAnError(t *testing.T) {
	c := &counter{rows: 7}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		d := shop(t, 1, "")
		l := look(ctx, h, d, all)
		pass(time.Second)
		c.set(func(c *counter) { c.err = errors.New("the process ended: /secret/path") })
		h.Hear(event.Loaded{Rows: 1})
		pass(time.Minute)
		r, n := l.last()
		if r.Error == nil || r.Error.Code != "warehouse_unavailable" || strings.Contains(r.Error.Message, "secret") || n != 2 {
			t.Errorf("%d results, the last %+v", n, r.Error)
		}
		late := look(ctx, h, d, all)
		synctest.Wait()
		if got := late.all(); len(got) != 2 || value(got[0]) != "7" || got[1].Error == nil {
			t.Errorf("somebody who came late got %+v", got)
		}
		c.set(func(c *counter) { c.err = nil; c.rows = 8 })
		pass(mostRetryPause + time.Second)
		if r, _ := l.last(); r.Error != nil || value(r) != "8" {
			t.Errorf("after it came back: %+v", r)
		}
	})
}

func TestAQueryThatTakesTooLongIsEnded(t *testing.T) {
	c := &counter{takes: time.Hour}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		l := look(ctx, h, shop(t, 1, ""), all)
		pass(11 * time.Second)
		if r, _ := l.last(); r.Error == nil {
			t.Error("it goes on")
		}
	})
}

func TestStatesHaveALimit(t *testing.T) {
	c := &counter{}
	inBubble(t, Config{States: 3}, c, func(ctx context.Context, h *Hub) {
		d := shop(t, 1, "")
		state := func(country int) chart.State {
			return chart.State{Range: "1h", Filters: map[string][]string{"country": {fmt.Sprint(country)}}}
		}
		var lookers []*looker
		for i := range 3 {
			lookers = append(lookers, look(ctx, h, d, state(i)), look(ctx, h, d, state(i)))
		}
		pass(time.Second)
		if err := h.Admit(d, state(2)); err != nil {
			t.Errorf("a state that is looked at: %v", err)
		}
		past := look(ctx, h, d, state(3))
		_, chartErr := h.Chart(ctx, d, d.Charts[0], state(3))
		for _, err := range []error{h.Admit(d, state(3)), <-past.gone, chartErr} {
			if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != TooMany {
				t.Errorf("one past the limit: %v", err)
			}
		}
		for _, l := range lookers[:2] {
			l.leave()
			<-l.gone
		}
		if err := h.Admit(d, state(3)); err != nil {
			t.Errorf("after one was left: %v", err)
		}
	})
}

func TestResultsTogetherHaveALimit(t *testing.T) {
	c := &counter{}
	inBubble(t, Config{Memory: 600}, c, func(ctx context.Context, h *Hub) {
		l := look(ctx, h, shop(t, 10, ""), all)
		pass(5 * time.Second)
		good, refused := 0, 0
		for _, r := range l.all() {
			switch {
			case r.Error == nil:
				good++
			case r.Error.Code == "too_much_data":
				refused++
			}
		}
		h.mu.Lock()
		bytes := h.mu.bytes
		h.mu.Unlock()
		if good == 0 || refused == 0 || bytes > 600 {
			t.Errorf("%d good, %d refused, %d bytes", good, refused, bytes)
		}
	})
}

func TestAChartOnceIsFreshAndShared(t *testing.T) {
	c := &counter{rows: 1, takes: time.Second}
	inBubble(t, Config{}, c, func(ctx context.Context, h *Hub) {
		d := shop(t, 1, "")
		var together sync.WaitGroup
		for range 20 {
			together.Go(func() {
				if _, err := h.Chart(ctx, d, d.Charts[0], all); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		if c.asked() != 1 {
			t.Errorf("%d queries", c.asked())
		}
		c.set(func(c *counter) { c.rows = 2 })
		h.Hear(event.Loaded{Rows: 1})
		synctest.Wait()
		data, err := h.Chart(ctx, d, d.Charts[0], all)
		var r chart.Result
		_ = json.Unmarshal(data, &r)
		if err != nil || value(r) != "2" {
			t.Errorf("%s, %v", data, err)
		}
		c.set(func(c *counter) { c.err = &event.Error{Code: "query_failed", Message: "no"} })
		h.Hear(event.Loaded{Rows: 1})
		synctest.Wait()
		if _, err := h.Chart(ctx, d, d.Charts[0], all); err == nil {
			t.Error("an error was not told")
		}
	})
}
