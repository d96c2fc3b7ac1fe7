// Package browser drives the pages in headless Chromium, served by the real binary with real events. It needs
// Node, Debian's chromium, and what `npm ci` installs in js.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/test/harness"
)

// chromium is where Debian puts it; CHROMIUM names another.
func chromium(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("there is no chromium: %v", err)
	}
	if _, err := os.Stat("js/node_modules/playwright-core"); err != nil {
		t.Skip("playwright-core is not installed; run npm ci in test/browser/js")
	}
	return path
}

// limit of a scenario: the longest sends for 18 s, and a browser on a busy machine is slow.
const limit = 12 * time.Minute

// play runs a scenario of js against the pipeline's pages.
func play(t *testing.T, p *harness.Pipeline, scenario string, env ...string) {
	t.Helper()
	path := chromium(t)
	shots, err := filepath.Abs("screenshots")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(shots, 0o755); err != nil { //nolint:gosec // people look at them
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	command := exec.CommandContext(ctx, "node", scenario+".mjs")
	command.Dir = "js"
	command.Env = append(os.Environ(), "CHROMIUM="+path, "PAGE_URL="+p.HTTPURL(), "PENSTOCK="+harness.Binary(t), "DATA="+p.Data, "SCREENSHOTS="+shots)
	command.Env = append(command.Env, env...)
	out, err := command.CombinedOutput()
	if text := strings.TrimSpace(string(out)); text != "" {
		t.Log(text)
	}
	if err != nil {
		t.Fatalf("%s: %v\nthe pipeline's log:\n%s", scenario, err, p.Log())
	}
}

func produce(t *testing.T, p *harness.Pipeline, args ...string) {
	t.Helper()
	if result := p.Run(append([]string{"produce", "--data", p.Data}, args...)...); result.Code != 0 {
		t.Fatalf("produce: %s", result.Stderr)
	}
}

func put(t *testing.T, p *harness.Pipeline, data string) {
	t.Helper()
	stream, key := "orders", "k"
	if _, err := p.Client().PutRecord(t.Context(), &kinesis.PutRecordInput{StreamName: &stream, PartitionKey: &key, Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
}

func TestOrdersClimbWithoutAReload(t *testing.T) {
	play(t, harness.Example(t, "orders").Start(), "orders")
}

func TestAClickFiltersAndTheLinkCarriesIt(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "3000")
	p.WaitDelivered(3000, 2*time.Minute)
	play(t, p, "filter")
}

func TestRetailShowsTheKnownSums(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(harness.SharedData(t), "retail", "*.csv.gz"))
	if err != nil || len(files) != 9 {
		t.Skipf("the nine months of retail data are not there: %v", err)
	}
	chromium(t)
	p := harness.Example(t, "retail").Start()
	produce(t, p, append([]string{"--from"}, files...)...)
	p.WaitDelivered(320_705, 3*time.Minute)
	// As the data's README has them (4,776,808.812, 179,431.60 and 159,594.06), to the pound, as the chart shows them.
	top, _ := json.Marshal(map[string]string{"United Kingdom": "4776809", "Netherlands": "179432", "EIRE": "159594"})
	play(t, p, "retail", "TOP="+string(top))
}

func TestAWallScreenShowsAllAndLetsGo(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "1800")
	p.WaitDelivered(1800, 30*time.Second)
	play(t, p, "wall")
}

func TestMenusAndFiltersByTheKeyboard(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "300")
	p.WaitDelivered(300, 30*time.Second)
	play(t, p, "keyboard")
}

func TestARangeIsOfTheReadersClock(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "300")
	p.WaitDelivered(300, 30*time.Second)
	play(t, p, "range")
}

func TestMenusStayOnAPhonesScreen(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "1800")
	p.WaitDelivered(1800, 30*time.Second)
	play(t, p, "phone")
}

func TestATabThatStaysOpenDoesNotGrow(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "1800")
	p.WaitDelivered(1800, 30*time.Second)
	play(t, p, "life")
}

func TestWhatIsSavedIsExactAndLooksLikeThePage(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "1800")
	p.WaitDelivered(1800, 30*time.Second)
	play(t, p, "saved")
}

func TestAFloodOfLargeEventsDoesNotGrowTheTail(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	var flood strings.Builder
	large := strings.Repeat("\u202e", 200) + strings.Repeat("x", 16<<10)
	for i := range 1500 {
		flood.WriteString(plain(map[string]any{"note": large, "id": i}) + "\n")
	}
	file, last := filepath.Join(t.TempDir(), "flood.ndjson"), filepath.Join(t.TempDir(), "last.ndjson")
	for name, text := range map[string]string{file: flood.String(), last: plain(map[string]any{"note": "the last one"}) + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	play(t, p, "tail", "FLOOD="+file, "LAST="+last)
}

// order is a dummy order with texts of one's own.
func order(id int, product, city string) string {
	return plain(map[string]any{
		"id": id, "order_id": fmt.Sprintf("00000000-0000-4000-8000-%012d", id), "customer_id": 1, "product_name": product, "product_quantity": 1,
		"product_price": 9.9, "city": city, "country": "Germany",
		"order_date": time.Now().UTC().Format(time.RFC3339), "generate_date": time.Now().UTC().Format(time.RFC3339Nano),
	})
}

// plain is JSON that leaves < and > as they are.
func plain(v any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // of maps and texts alone
	return strings.TrimSpace(text.String())
}

func TestEveryPageInThreeLooks(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "1800")
	put(t, p, order(5001, "Oak Chair", "Oslo"))
	put(t, p, `{"order_id": "not a uuid", "id": 1}`)
	put(t, p, `not json at all`)
	p.WaitDelivered(1803, 2*time.Minute)
	play(t, p, "pages", "KEY=00000000-0000-4000-8000-000000005001")
}

// evil has no double quote, which JSON would show with a backslash.
const evil = `'><img src=x onerror='window.hacked=1'><script>window.hacked=1</script>{{7*7}}`

func TestNaughtyStringsShowAsText(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	put(t, p, order(1, evil, evil))
	put(t, p, plain(map[string]any{"order_id": evil, "id": evil}))
	p.WaitDelivered(2, 2*time.Minute)
	again := filepath.Join(t.TempDir(), "again.ndjson")
	if err := os.WriteFile(again, []byte(order(2, evil, evil)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	play(t, p, "strings", "EVIL="+evil, "AGAIN="+again, "KEY=00000000-0000-4000-8000-000000000001")
}

func TestPagesOutliveTheWarehouse(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	produce(t, p, "500")
	p.WaitDelivered(500, 2*time.Minute)
	children := harness.Children(t, p.PID())
	if len(children) != 1 {
		t.Fatalf("the pipeline has %d children, want the warehouse's process", len(children))
	}
	play(t, p, "faults", fmt.Sprintf("CHILD=%d", children[0]))
}

func TestAViewerSeesDashboardsAndAnOperatorAll(t *testing.T) {
	p := harness.Example(t, "orders")
	hash := func(password string) string {
		command := exec.Command(harness.Binary(t), "hash-password")
		command.Stdin = strings.NewReader(password + "\n")
		text, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	p.Write("pipeline.yaml", p.Read("pipeline.yaml")+"access:\n  users:\n    - {name: anna, role: viewer, password_hash: '"+hash("anna sees the shop")+
		"'}\n    - {name: otto, role: operator, password_hash: '"+hash("otto mends the shop")+"'}\n")
	p.Start()
	produce(t, p, "100")
	p.WaitDelivered(100, 2*time.Minute)
	play(t, p, "access", "VIEWER=anna sees the shop", "OPERATOR=otto mends the shop")
}
