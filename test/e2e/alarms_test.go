package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/test/harness"
)

// hook is a webhook that keeps what it is told.
type hook struct {
	mu   sync.Mutex
	told []monitor.Message
	came chan struct{}
}

// secretPath is part of the webhook's URL, and may be seen nowhere.
const secretPath = "/services/T0000/B0000/very-secret"

// hooked gives the example of orders alarms with a webhook; text are further lines of alarms.
func hooked(t *testing.T, text string) (*harness.Pipeline, *hook) {
	t.Helper()
	h := &hook{came: make(chan struct{}, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m monitor.Message
		if r.URL.Path != secretPath || json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		h.mu.Lock()
		h.told = append(h.told, m)
		h.mu.Unlock()
		h.came <- struct{}{}
	}))
	t.Cleanup(server.Close)
	p := harness.Example(t, "orders")
	limits(t, p, "alarms:\n  webhook: {url: \"${HOOK}\", format: json}\n"+text)
	p.Env = append(p.Env, "HOOK="+server.URL+secretPath)
	t.Cleanup(func() {
		if strings.Contains(p.Log(), "very-secret") {
			t.Errorf("the webhook's URL is in the log:\n%s", p.Log())
		}
	})
	return p, h
}

// all is what was told so far, such as "lake firing, lake ok".
func (h *hook) all() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var texts []string
	for _, m := range h.told {
		texts = append(texts, fmt.Sprintf("%s %s", m.Alarm, m.State))
	}
	return strings.Join(texts, ", ")
}

// wait waits until all that was told is as given.
func (h *hook) wait(t *testing.T, p *harness.Pipeline, want string) {
	t.Helper()
	deadline := time.After(delivered)
	for h.all() != want {
		select {
		case <-h.came:
		case <-deadline:
			t.Fatalf("the webhook was told %q, want %q\n%s", h.all(), want, p.Run("status", "--data", p.Data).Stdout)
		}
	}
}

// watched is what `penstock status --json` says beside the status.
type watched struct {
	monitor.Status
	Steps        []monitor.Step
	Contracts    []monitor.ContractLedger
	Unclassified monitor.ContractLedger
	Alarms       []monitor.Alarm
}

func watch(t *testing.T, p *harness.Pipeline) watched {
	t.Helper()
	var w watched
	r := p.Run("status", "--json", "--data", p.Data)
	if err := json.Unmarshal([]byte(r.Stdout), &w); err != nil {
		t.Fatalf("status: %v\n%s%s", err, r.Stdout, r.Stderr)
	}
	return w
}

// waitStep waits until a step is in a state.
func waitStep(t *testing.T, p *harness.Pipeline, name string, state monitor.State) {
	t.Helper()
	var last watched
	for deadline := time.Now().Add(delivered); time.Now().Before(deadline); {
		last = watch(t, p)
		for _, s := range last.Steps {
			if s.Name == name && s.State == state {
				return
			}
		}
	}
	t.Fatalf("step %s is not %s: %+v", name, state, last.Steps)
}

func TestAlarmLakeThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p, h := hooked(t, "  failing: 2s\n  freshness: off\n  lag: off\n")
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	p.WaitDelivered(100, delivered)
	lake := filepath.Join(p.Data, "lake")
	if err := os.Rename(lake, lake+".gone"); err != nil {
		t.Fatal(err)
	}
	put(t, p, "orders", orders(t, 101, 100)...)
	h.wait(t, p, "lake firing")
	waitStep(t, p, monitor.StepLake, monitor.StateFail)
	if r := p.Run("status", "--data", p.Data); r.Code != 1 || !strings.Contains(r.Stdout, "alarm lake since") {
		t.Errorf("exit %d\n%s", r.Code, r.Stdout)
	}
	if err := os.Rename(lake+".gone", lake); err != nil {
		t.Fatal(err)
	}
	h.wait(t, p, "lake firing, lake ok")
	waitStep(t, p, monitor.StepLake, monitor.StateOK)
	expectLedger(t, p, 200, 0, 0)
	p.Stop()
	h.wait(t, p, "lake firing, lake ok")
}

func TestAlarmQuarantineThatFills(t *testing.T) {
	t.Parallel()
	p, h := hooked(t, "")
	p.Start()
	put(t, p, "orders", orders(t, 1, 50)...)
	p.WaitDelivered(50, delivered)
	broken := make([][]byte, 20)
	for i := range broken {
		event := order(1000 + i)
		event["country"] = ""
		broken[i] = encoded(t, event)
	}
	put(t, p, "orders", broken...)
	h.wait(t, p, "quarantine firing")
	waitStep(t, p, monitor.StepDelivery, monitor.StateFail)
	put(t, p, "orders", orders(t, 2001, 4000)...) // the share is a small one again
	h.wait(t, p, "quarantine firing, quarantine ok")
	waitStep(t, p, monitor.StepDelivery, monitor.StateOK)
	p.Stop()
	h.wait(t, p, "quarantine firing, quarantine ok")
}

// The loader is paused, and the pipeline is stopped and started meanwhile: the alarm that fires is
// remembered.
func TestAlarmLoaderThatIsPaused(t *testing.T) {
	t.Parallel()
	p, h := hooked(t, "  freshness: 5s\n")
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	p.WaitDelivered(100, delivered)
	expect(t, p.Run("pause", "loading", "--data", p.Data), 0, "loading is paused")
	waitStep(t, p, monitor.StepWarehouse, monitor.StateWarn)
	put(t, p, "orders", orders(t, 101, 100)...)
	h.wait(t, p, "freshness firing")
	waitStep(t, p, monitor.StepWarehouse, monitor.StateFail)
	if w := watch(t, p); !w.Balanced || w.Ledger.InFlight != 100 || w.Contracts[0].InFlight != 100 || !w.Contracts[0].Balanced {
		t.Errorf("%+v", w)
	}
	p.Stop()
	p.Args = []string{"--pause", "loading"}
	p.Start()
	waitStep(t, p, monitor.StepWarehouse, monitor.StateFail)
	expect(t, p.Run("resume", "loading", "--data", p.Data), 0, "loading is running")
	h.wait(t, p, "freshness firing, freshness ok")
	waitStep(t, p, monitor.StepWarehouse, monitor.StateOK)
	expectLedger(t, p, 200, 0, 0)
	expect(t, p.Run("pause", "lake", "--data", p.Data), 2, "delivery or loading")
	p.Stop()
	h.wait(t, p, "freshness firing, freshness ok")
}

func TestAlarmLedgerThatDoesNotBalance(t *testing.T) {
	t.Parallel()
	p, h := hooked(t, "")
	p.Start()
	put(t, p, "orders", orders(t, 1, 500)...)
	p.WaitDelivered(500, delivered)
	p.Stop()
	deleteRow(t, p, "orders where id = 250")
	p.Start()
	h.wait(t, p, "ledger firing")
	w := watch(t, p)
	if c := w.Contracts[0]; w.Balanced || c.Contract != "orders" || c.Balanced || c.Imbalance() != 1 {
		t.Errorf("balanced %v, %+v", w.Balanced, w.Contracts)
	}
	if i := slices.IndexFunc(w.Alarms, func(a monitor.Alarm) bool { return a.State == monitor.AlarmFiring }); w.Alarms[i].Name != monitor.AlarmLedger {
		t.Errorf("%+v", w.Alarms)
	}
}
