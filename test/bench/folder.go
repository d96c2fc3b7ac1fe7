package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"github.com/penstock/penstock/examples"
)

// shape is what varies between the pipelines that are measured.
type shape struct {
	// keyed keeps the example's key.
	keyed bool
	// others is how many contracts come before the one of the orders.
	others int
	// extra is added to pipeline.yaml.
	extra string
}

// writePipeline writes the orders example into dir, changed as s says.
func writePipeline(dir string, s shape) error {
	contracts := filepath.Join(dir, "contracts")
	if err := os.MkdirAll(contracts, 0o755); err != nil {
		return err
	}
	orders, err := fs.ReadFile(examples.Files, path.Join("orders", "contracts", "orders.yaml"))
	if err != nil {
		return err
	}
	if !s.keyed {
		orders = keyLine.ReplaceAll(orders, nil)
	}
	files := map[string][]byte{filepath.Join(contracts, "orders.yaml"): orders}
	for i := range s.others {
		name := fmt.Sprintf("event_%02d", i+1)
		files[filepath.Join(contracts, name+".yaml")] = otherContract(name, i)
	}
	settings, err := fs.ReadFile(examples.Files, path.Join("orders", "pipeline.yaml"))
	if err != nil {
		return err
	}
	files[filepath.Join(dir, "pipeline.yaml")] = fmt.Append(settings, s.extra, "\n")
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var keyLine = regexp.MustCompile(`(?m)^key:.*\n`)

// otherMatches are the ways in which the contracts before the orders' tell their events. Orders
// match none. The last looks at a field that orders have, so that it is run for each of them.
var otherMatches = []string{
	`has(event.%s_id)`,
	`event.type == "%s"`,
	`has(event.%s) && event.%[1]s.state == "done"`,
	`event.country == "%s"`,
}

func otherContract(name string, i int) []byte {
	return fmt.Appendf(nil, `table: %s
match: '%s'
columns:
  - {name: id, type: bigint, required: true, minimum: 1}
  - {name: user_id, type: bigint, required: true}
  - {name: page, type: varchar, maxLength: 200}
  - {name: amount, type: "decimal(12,2)", minimum: 0}
  - {name: happened_at, type: timestamp, required: true}
`, name, fmt.Sprintf(otherMatches[i%len(otherMatches)], name))
}
