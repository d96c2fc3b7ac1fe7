package contract

import (
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// DefaultKeyWindow is how long a key is remembered unless the contract says otherwise: producers
	// that retry or are restored from yesterday's backup stay within it, and the filter stays small.
	DefaultKeyWindow = 7 * 24 * time.Hour
	// MinKeyWindow is the shortest window that can be declared.
	MinKeyWindow = time.Minute
	// MaxKeyWindow is the longest window that can be declared.
	MaxKeyWindow = 366 * 24 * time.Hour
	// MaxColumns is the most columns a table can have: Snowflake and DuckDB hold more, people do not.
	MaxColumns = 1000
)

// key reads "key: column" or "key: {column: ..., window: ...}".
func (r *reader) key(d *definition, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		d.key = r.text("key", n)
		return
	}
	lines := mapping(r, n, "key", []word[definition]{
		{name: "column", read: func(r *reader, d *definition, n *yaml.Node) { d.key = r.text("column", n) }},
		{name: "window", read: func(r *reader, d *definition, n *yaml.Node) { r.window("window", d, n) }},
	}, d)
	if _, has := lines["column"]; !has {
		r.fault(n, "key names no column", "write key: {column: order_id, window: 7d}")
	}
}

func (r *reader) window(word string, d *definition, n *yaml.Node) {
	t := r.text(word, n)
	if !t.given() {
		return
	}
	if d.windowLine > 0 {
		r.fault(n, fmt.Sprintf("the key's window is declared twice, first in line %d", d.windowLine), "keep one of them")
		return
	}
	window, ok := parseWindow(t.value)
	if !ok || window < MinKeyWindow || window > MaxKeyWindow {
		r.fault(n, fmt.Sprintf("%s %q is no duration from 1m to 366d", word, printable(t.value)), "write a number with m, h or d, such as 24h or 7d")
		return
	}
	d.window, d.windowLine = window, t.line
}

// parseWindow reads a whole number followed by m, h or d.
func parseWindow(text string) (time.Duration, bool) {
	if len(text) < 2 || len(text) > 8 {
		return 0, false
	}
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	unit, known := units[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 31)
	if !known || err != nil || n > uint64(MaxKeyWindow/time.Minute) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

func (r *reader) unknownField(d *definition, n *yaml.Node) {
	switch r.choice("on_unknown_field", n, []string{"ignore", "quarantine", "evolve"}) {
	case "quarantine":
		d.unknown = quarantineUnknown
	case "evolve":
		r.fault(n, "on_unknown_field: evolve is not built yet",
			"write ignore or quarantine; a json column with from: $ keeps whole events")
	}
}

func (r *reader) columns(d *definition, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, "columns is not a list", "write each column as a line such as: - {name: id, type: bigint}")
		return
	}
	if len(n.Content) == 0 {
		r.fault(n, "columns is an empty list", "add a line such as: - {name: id, type: bigint}")
	}
	if len(n.Content) > MaxColumns {
		r.fault(n, fmt.Sprintf("there are %d columns, more than %d", len(n.Content), MaxColumns),
			"keep rarely used fields together in one json column")
		return
	}
	for _, entry := range n.Content {
		if entry.Kind != yaml.MappingNode {
			r.fault(entry, "a column is written as a mapping", "write it as: - {name: id, type: bigint}")
			continue
		}
		d.columns = append(d.columns, r.column(entry))
	}
}
