package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// TestTyposAreRefusedWithTheirLine: check and up say file, line, what is wrong and what to write,
// and up leaves nothing behind.
func TestTyposAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	const contract, pipeline = "contracts/orders.yaml", "pipeline.yaml"
	for name, c := range map[string]struct {
		file, old, new string
		texts          []string
	}{
		"type":               {contract, "id, type: bigint", "id, type: bigitn", []string{"orders.yaml:8:", "bigitn", "bigint"}},
		"word":               {contract, "key: order_id", "keys: order_id", []string{"orders.yaml:5:", `"keys"`, `"key"`}},
		"column word":        {contract, "maxLength: 40", "maxlength: 40", []string{"orders.yaml:14:", "maxLength"}},
		"expression":         {contract, "has(event.order_id)", "has(event.order_id", []string{"orders.yaml:4:", "match"}},
		"unknown function":   {contract, "event.product_price * event.product_quantity", "rand()", []string{"orders.yaml:19:", "rand"}},
		"pattern":            {contract, "maxLength: 40", "pattern: '('", []string{"orders.yaml:14:", "pattern"}},
		"key of no column":   {contract, "key: order_id", "key: order", []string{"orders.yaml:5:", "order_id"}},
		"column twice":       {contract, "name: city", "name: address", []string{"orders.yaml:16:", "address"}},
		"no YAML":            {contract, "columns:", "columns: [", []string{"orders.yaml:", "YAML"}},
		"tab":                {contract, "  - {name: id,", "\t- {name: id,", []string{"orders.yaml:8:", "tab"}},
		"pipeline word":      {pipeline, "shards: 1", "shard: 1", []string{"pipeline.yaml:2:", `"shard"`, `"shards"`}},
		"pipeline size":      {pipeline, "size: 1MiB", "size: 1048576", []string{"pipeline.yaml:3:", "1MiB"}},
		"pipeline duration":  {pipeline, "interval: 1s", "interval: 1 second", []string{"pipeline.yaml:3:", "1s"}},
		"pipeline choice":    {pipeline, "format: csv", "format: cvs", []string{"pipeline.yaml:3:", `"csv"`}},
		"pipeline lake":      {pipeline, "lake:      folder", "lake: s4://bucket", []string{"pipeline.yaml:4:", "s3://"}},
		"pipeline warehouse": {pipeline, "warehouse: duckdb", "warehouse: duckbd", []string{"pipeline.yaml:5:", `"duckdb"`}},
		"pipeline secret":    {pipeline, "lake: ", "access_keys: [{id: SHOP, secret: abc}]\nlake: ", []string{"pipeline.yaml:4:", "secret_env"}},
		"pipeline open":      {pipeline, "lake: ", "listen: {kinesis: \"0.0.0.0:4567\"}\nlake: ", []string{"pipeline.yaml:4:", "access_keys"}},
		"stream name":        {pipeline, "name: orders", "name: my orders", []string{"pipeline.yaml:2:", "letters"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := harness.Example(t, "orders")
			have := p.Read(c.file)
			if !strings.Contains(have, c.old) {
				t.Fatalf("%q is not in %s", c.old, c.file)
			}
			p.Write(c.file, strings.Replace(have, c.old, c.new, 1))
			texts := append([]string{filepath.Join(p.Dir, filepath.Dir(c.file))}, c.texts...)
			expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 2, texts...)
			expect(t, up(p), 2, texts...)
			if _, err := os.Stat(p.Data); err == nil {
				t.Error("a refused pipeline has made its data folder")
			}
		})
	}
}

// TestEveryFaultIsToldAtOnce: nobody should have to run a check five times.
func TestEveryFaultIsToldAtOnce(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "shards: 1", "shards: 0", 1))
	p.Write("contracts/orders.yaml", strings.ReplaceAll(p.Read("contracts/orders.yaml"), "type: bigint", "type: bigitn"))
	expect(t, p.Run("check", "-c", p.Dir), 2, "pipeline.yaml:2:", "orders.yaml:8:", "orders.yaml:10:")
}

func TestFoldersThatAreNoPipeline(t *testing.T) {
	t.Parallel()
	p := harness.New(t, map[string]string{"README.md": "nothing"})
	for _, command := range [][]string{{"check"}, {"up", "--data", p.Data}} {
		missing := filepath.Join(p.Dir, "missing")
		expect(t, p.Run(append(command, "-c", missing)...), 2, missing, "-c")
		expect(t, p.Run(append(command, "-c", p.Dir)...), 2, "pipeline.yaml", "-c")
	}
	p.Write("pipeline.yaml", "stream: {name: s}\n")
	expect(t, p.Run("check", "-c", p.Dir), 2, "no contract", "contracts/orders.yaml")
	p.Write("contracts/a.yml", "table: a\n")
	expect(t, p.Run("check", "-c", p.Dir), 2, "a.yml", ".yaml")
}

func TestExamplesAreWithoutFault(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"orders", "retail"} {
		p := harness.Example(t, name)
		expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "ok")
		expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data, "--json"), 0, `"tables":`)
	}
}
