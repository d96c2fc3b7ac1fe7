package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/trace"
	"github.com/penstock/penstock/test/harness"
)

// tailed opens a tail and returns its events once it listens: it is sent probes until one is seen, and then the last
// one, which the filter takes too, so that all are through.
func tailed(t *testing.T, p *harness.Pipeline, filter, probe, last string) <-chan [2]string {
	t.Helper()
	response := call(t, p, "/api/v1/tail", url.Values{"filter": {filter}})
	if response.StatusCode != http.StatusOK {
		t.Fatalf("tail: %s", response.Status)
	}
	events := serverEvents(response.Body)
	for deadline := time.Now().Add(delivered); time.Now().Before(deadline); {
		put(t, p, "texts", []byte(probe))
		select {
		case e := <-events:
			if e[0] == "event" {
				put(t, p, "texts", []byte(last))
				for arrived(t, events).Raw != last {
				}
				return events
			}
		case <-time.After(200 * time.Millisecond):
		}
	}
	t.Fatal("the tail shows nothing")
	return nil
}

// TestATailShowsWhatArrives: what the filter takes, cut where it is long, and at most 50 a second.
func TestATailShowsWhatArrives(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}").Start()
	byText := tailed(t, p, `<b>"`, `{"id":0,"body":"probe <b>"}`, `{"id":0,"body":"last <b>"}`)
	byCondition := tailed(t, p, `cel:event.id > 100 && event.id < 200`, `{"id":150}`, `{"id":151}`)
	put(t, p, "texts", []byte(`{"id":1,"body":"other"}`), []byte(`{"id":101,"body":"<b>"}`), []byte("no json <b>\" \xff"),
		[]byte(`{"id":102,"body":"`+strings.Repeat("é", 20_000)+`"}`))
	want := map[string]<-chan [2]string{"text": byText, "condition": byCondition}
	for name, events := range want {
		for i := range 2 {
			a := arrived(t, events)
			switch {
			case i == 0 && a.Raw != `{"id":101,"body":"<b>"}`,
				i == 1 && name == "text" && (a.Raw != "no json <b>\" \uFFFD" || a.RawBase64 == ""),
				i == 1 && name == "condition" && (!a.Truncated || len(a.Raw) > 16<<10 || !strings.HasSuffix(a.Raw, "é")):
				t.Errorf("%s, event %d: %+v", name, i, a)
			}
		}
	}
	var many [][]byte
	for range 500 {
		many = append(many, []byte(`{"id":1,"body":"<b>"}`))
	}
	began := time.Now()
	put(t, p, "texts", many...)
	shown, skipped := countTail(t, byText, len(many))
	// As many of the tail's seconds as may have begun meanwhile; the first may have been shown some events before.
	if most := 50 * (2 + int(time.Since(began)/time.Second)); shown > most {
		t.Errorf("%d were shown in %s, more than 50 a second", shown, time.Since(began))
	}
	if shown == 0 || skipped == 0 || shown+skipped != len(many) {
		t.Errorf("%d were shown and %d left out of %d", shown, skipped, len(many))
	}
}

// countTail counts what a tail shows and leaves out until that is all of n events.
func countTail(t *testing.T, events <-chan [2]string, n int) (shown, skipped int) {
	t.Helper()
	for deadline := time.After(delivered); shown+skipped < n; {
		select {
		case e := <-events:
			if e[0] == "event" {
				shown++
				continue
			}
			var s trace.Skipped
			if err := json.Unmarshal([]byte(e[1]), &s); err != nil {
				t.Fatal(err)
			}
			skipped += int(s.Count)
		case <-deadline:
			t.Fatalf("%d were shown and %d left out of %d", shown, skipped, n)
		}
	}
	return shown, skipped
}

// arrived is the next event of a tail.
func arrived(t *testing.T, events <-chan [2]string) (a trace.Arrival) {
	t.Helper()
	select {
	case e := <-events:
		if err := json.Unmarshal([]byte(e[1]), &a); err != nil || e[0] != "event" {
			t.Fatalf("%v, %v", e, err)
		}
	case <-time.After(delivered):
		t.Fatal("the tail shows nothing more")
	}
	return a
}

func TestATailRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}").Start()
	for filter, text := range map[string]string{
		"cel:event.id >": "1:", "cel:": "empty", "cel:1 + 1": "neither true nor false", strings.Repeat("x", trace.MaxKey+1): "1001 characters",
	} {
		response := call(t, p, "/api/v1/tail", url.Values{"filter": {filter}})
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), text) {
			t.Errorf("%.30q: %s %s", filter, response.Status, body)
		}
	}
	for i := range 21 {
		want := http.StatusOK
		if i == 20 {
			want = http.StatusTooManyRequests
		}
		if response := call(t, p, "/api/v1/tail", nil); response.StatusCode != want {
			t.Errorf("tail %d: %s", i+1, response.Status)
		}
	}
	put(t, p, "texts", []byte(`{"id":1}`))
	expectLedger(t, p, 1, 0, 0) // twenty tails hold nothing up
	p.Stop()
	expect(t, p.Run("tail", "--data", p.Data), 1, "penstock: ")
	expect(t, p.Run("tail", "Berlin"), 2, fmt.Sprintf("--filter %q", "Berlin"))
}

// serverEvents reads the events of an answer: name and data of each, until it ends.
func serverEvents(body io.Reader) <-chan [2]string {
	events := make(chan [2]string, 1000)
	go func() {
		defer close(events)
		name := ""
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if after, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = after
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- [2]string{name, data}
			}
		}
	}()
	return events
}
