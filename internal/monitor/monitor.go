package monitor

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Config names the pipeline that is watched.
type Config struct {
	Pipeline string
	Stream   string
	// Stuck is how long a step may go on failing before the pipeline counts as not ready.
	// Default 0: a failing step shows at once.
	Stuck time.Duration
	// Notices are shown among the problems for as long as it runs. They make nothing unready.
	Notices []string
	// Alarms has the conditions and limits; DefaultLimits has good ones.
	Alarms Limits
	// AlarmFile keeps the alarms that fire over a restart; empty keeps them in memory only.
	AlarmFile string
	// Now tells the time; default time.Now. Elapsed is a clock that nobody sets; default is the
	// monotonic one, since New.
	Now     func() time.Time
	Elapsed func() time.Duration
	// Logger hears about alarms. Default: discard.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Elapsed == nil {
		began := time.Now()
		c.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Deps are what a Monitor reads. Storage and Webhook may be nil.
type Deps struct {
	Log       Log
	Catalog   Catalog
	Warehouse Warehouse
	Storage   Storage
	// Webhook is told when alarms start and end.
	Webhook Webhook
}

// Monitor computes the state from its sources and the facts it hears. It is safe for concurrent use.
type Monitor struct {
	cfg  Config
	deps Deps
	// counting is held while the warehouse is being counted: one count serves all who ask.
	counting sync.Mutex
	// saving is held while the alarms are written to their file.
	saving sync.Mutex
	live   live

	mu struct {
		sync.Mutex
		failures failures
		path     path
		rates    rates
		paused   map[string]bool
		// refused is when producers were last told to try again later, and why.
		refused    time.Time
		refusedFor error
		gates      []func() error
		counted    counted
		// heard are the positions loaded since the count under way began.
		heard  map[int]uint64
		alarms *alarms
		window window
		clock  clock
		// uneven counts the counts in a row that did not balance, and unevenFor says what; warehouseGone
		// is since when it has not answered.
		uneven        int
		unevenFor     string
		warehouseGone time.Time
	}
}

// New returns a Monitor over the given sources. Run makes it work by itself; without it, it answers
// when it is asked.
func New(cfg Config, deps Deps) *Monitor {
	cfg = cfg.withDefaults()
	m := &Monitor{cfg: cfg, deps: deps}
	m.mu.alarms = newAlarms(cfg, deps.Webhook != nil)
	m.mu.failures, m.mu.path, m.mu.rates = newFailures(), newPath(cfg.Now()), newRates()
	m.mu.paused, m.mu.heard = map[string]bool{}, map[int]uint64{}
	m.mu.window, m.mu.clock = newWindow(cfg.Alarms.Window), newClock(cfg.Now(), cfg.Elapsed())
	m.live.init()
	return m
}

// Gate adds a check that reports why new events are refused at present, or nil.
func (m *Monitor) Gate(check func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.gates = append(m.mu.gates, check)
}

// Hear takes a fact. A success of a step ends the failure of that step.
func (m *Monitor) Hear(f event.Fact) {
	now := m.cfg.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.failures.hear(f, now)
	m.mu.path.hear(f)
	m.mu.window.hear(f)
	switch f := f.(type) {
	case event.Refused:
		m.mu.refused, m.mu.refusedFor = now, f.Err
	case event.Loaded:
		m.mu.heard[f.Shard] = max(m.mu.heard[f.Shard], f.Through)
	}
}

// Pause says that a person has paused a step (StepDelivery or StepWarehouse), or let it go on. What
// failed in it is forgotten: it is not being tried.
func (m *Monitor) Pause(step string, paused bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.paused[step] = paused
	of := []string{step}
	if step == StepDelivery {
		of = append(of, StepStream, StepLake)
	}
	for at := range m.mu.failures.at {
		if paused && slices.Contains(of, stepOf(at.step)) {
			delete(m.mu.failures.at, at)
		}
	}
}
