package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/penstock/penstock/internal/quarantine"
	"github.com/penstock/penstock/test/harness"
)

// call opens an answer of the HTTP API, as an operator's page does.
func call(t *testing.T, p *harness.Pipeline, path string, query url.Values) *http.Response {
	t.Helper()
	var run struct{ Token string }
	text, err := os.ReadFile(filepath.Join(p.Data, "run.json"))
	if err == nil {
		err = json.Unmarshal(text, &run)
	}
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.HTTPURL()+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+run.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// fetched decodes an answer that must be a success.
func fetched[T any](t *testing.T, p *harness.Pipeline, path string, query url.Values) (answer T) {
	t.Helper()
	response := call(t, p, path, query)
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", path, response.Status, err, body)
	}
	return answer
}

// TestTheQuarantineIsShownInGroups with counts over time, samples with the place marked, and what to write.
func TestTheQuarantineIsShownInGroups(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	if got := fetched[quarantine.Overview](t, p, "/api/v1/quarantine", nil); got.Total != 0 || got.Groups == nil {
		t.Errorf("an empty quarantine: %+v", got)
	}
	var bad [][]byte
	for i := range 30 {
		event := order(i + 1)
		delete(event, "country")
		bad = append(bad, encoded(t, event))
	}
	quantity := order(31)
	quantity["product_quantity"] = 20_000
	bad = append(bad, encoded(t, quantity), []byte(`{"a": "<script>🌊", no}`), []byte("\xff\xfe"), []byte(`[]`))
	put(t, p, "orders", bad...)
	expectLedger(t, p, 0, int64(len(bad)), 0)

	got := fetched[quarantine.Overview](t, p, "/api/v1/quarantine", url.Values{"since": {time.Now().Add(-time.Hour).Format(time.RFC3339)}})
	if got.Total != int64(len(bad)) || len(got.Groups) != 4 {
		t.Fatalf("%+v", got)
	}
	first := got.Groups[0]
	if first.Reason != "missing_field" || first.Contract != "orders" || first.Field != "country" || first.Count != 30 || first.First.IsZero() || first.Last.Before(first.First) {
		t.Errorf("%+v", first)
	}
	if first.Suggestion == nil || first.Suggestion.File != "contracts/orders.yaml" || first.Suggestion.YAML != "- {name: country, type: varchar, minLength: 1, maxLength: 100}" {
		t.Errorf("suggestion %+v", first.Suggestion)
	}
	for _, g := range got.Groups {
		var sum int64
		for _, part := range g.History {
			sum += part.Count
		}
		if sum != g.Count || len(g.History) > 31 {
			t.Errorf("the history of %s has %d events in %d parts", g.Reason, sum, len(g.History))
		}
	}
	later := fetched[quarantine.Overview](t, p, "/api/v1/quarantine", url.Values{"since": {time.Now().Add(time.Hour).Format(time.RFC3339)}})
	if later.Total != 0 {
		t.Errorf("since an hour from now: %+v", later)
	}

	sample := fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", url.Values{"reason": {"out_of_range"}, "contract": {"orders"}, "field": {"product_quantity"}})
	if len(sample.Events) != 1 || marked(sample.Events[0]) != "20000" {
		t.Errorf("%+v", sample)
	}
	sample = fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", url.Values{"reason": {"not_json"}, "contract": {""}, "field": {""}})
	if len(sample.Events) != 2 || sample.Events[0].RawBase64 == "" || marked(sample.Events[1]) != "n" {
		t.Errorf("%+v", sample)
	}
	if sample = fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", url.Values{"reason": {"missing_field"}, "limit": {"7"}}); len(sample.Events) != 7 {
		t.Errorf("%d events", len(sample.Events))
	}
	for _, wrong := range []url.Values{{"limit": {"101"}}, {"limit": {"0"}}, {"limit": {"x"}}, {"since": {"yesterday"}}} {
		if response := call(t, p, "/api/v1/quarantine/sample", wrong); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %s", wrong, response.Status)
		}
	}
	if sample = fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", url.Values{"field": {"'; drop table orders --"}}); len(sample.Events) != 0 {
		t.Errorf("%+v", sample)
	}
}

func marked(e quarantine.Event) string {
	if e.Mark == nil {
		return ""
	}
	return string(utf16.Decode(utf16.Encode([]rune(e.Raw))[e.Mark.From:e.Mark.To]))
}
