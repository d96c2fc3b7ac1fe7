// Package grafana checks the dashboard and the alert rules of deploy/grafana against a pipeline that runs.
package grafana

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/test/harness"
)

// expressions are the PromQL of a file, by where it stands.
type expressions map[string]string

func read(t *testing.T, name string, into any, decode func([]byte, any) error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(harness.Root(t), "deploy", "grafana", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func ofDashboard(t *testing.T) expressions {
	t.Helper()
	var dashboard struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, RefID string }
		}
	}
	read(t, "dashboard.json", &dashboard, json.Unmarshal)
	found := expressions{}
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q is not as Grafana wants it: %+v", p.ID, p.Title, p)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			found[p.Title+" "+target.RefID] = strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*").Replace(target.Expr)
		}
	}
	return found
}

func ofAlerts(t *testing.T) expressions {
	t.Helper()
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	read(t, "alerts.yaml", &rules, yaml.Unmarshal)
	found := expressions{}
	for _, group := range rules.Groups {
		for _, r := range group.Rules {
			if found[r.Alert] != "" || r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("alert %q is there twice, or has no summary or severity", r.Alert)
			}
			if r.For != "" {
				if _, err := model.ParseDuration(r.For); err != nil {
					t.Errorf("alert %s: %v", r.Alert, err)
				}
			}
			found[r.Alert] = r.Expr
		}
	}
	return found
}

// scrape is what a pipeline that has seen good and bad events shows.
func scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	p := harness.Example(t, "orders").Start()
	if result := p.Run("produce", "200", "--data", p.Data); result.Code != 0 {
		t.Fatal(result.Stderr)
	}
	_, err := p.Client().PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: []byte("not JSON"),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.WaitDelivered(201, 2*time.Minute)
	response, err := http.Get(p.HTTPURL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %v: %s", response.Status, err, text)
	}
	for _, want := range []string{`penstock_ledger_events{figure="loaded"} 200`, `penstock_quarantined_events_total{reason="not_json"} 1`, `penstock_ledger_balanced 1`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing", want)
		}
	}
	problems, err := promlint.New(strings.NewReader(string(text))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		if strings.HasPrefix(problem.Metric, "penstock_") {
			t.Errorf("%s: %s", problem.Metric, problem.Text)
		}
	}
	parse := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parse.TextToMetricFamilies(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestEveryExpressionAsksForWhatAPipelineShows(t *testing.T) {
	families := scrape(t)
	used := map[string]bool{}
	for file, all := range map[string]expressions{"dashboard.json": ofDashboard(t), "alerts.yaml": ofAlerts(t)} {
		if len(all) < 10 {
			t.Errorf("%s has only %d expressions", file, len(all))
		}
		for where, text := range all {
			parsed, err := parser.ParseExpr(text)
			if err != nil {
				t.Errorf("%s, %s: %v", file, where, err)
				continue
			}
			parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
				selector, ok := node.(*parser.VectorSelector)
				if !ok || selector.Name == "up" { // Prometheus' own
					return nil
				}
				used[base(selector.Name)] = true
				if !shows(families[base(selector.Name)], selector.LabelMatchers) {
					t.Errorf("%s, %s: no pipeline shows %s", file, where, selector)
				}
				return nil
			})
		}
	}
	for name := range families {
		if strings.HasPrefix(name, "penstock_") && !used[name] && name != "penstock_alarm_firing" { // Prometheus has its own alerts
			t.Errorf("%s is shown, and neither the dashboard nor an alert uses it", name)
		}
	}
}

// base is the family that a histogram's series belong to.
func base(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if trimmed, found := strings.CutSuffix(name, suffix); found {
			return trimmed
		}
	}
	return name
}

// shows says whether a family has a series with the labels that an expression asks for. Those that a scrape adds are
// not looked at.
func shows(family *dto.MetricFamily, matchers []*labels.Matcher) bool {
	if family == nil {
		return false
	}
	for _, metric := range family.GetMetric() {
		has := map[string]string{}
		for _, pair := range metric.GetLabel() {
			has[pair.GetName()] = pair.GetValue()
		}
		matches := true
		for _, m := range matchers {
			if m.Name != labels.MetricName && m.Name != "instance" {
				matches = matches && m.Matches(has[m.Name])
			}
		}
		if matches {
			return true
		}
	}
	return false
}
