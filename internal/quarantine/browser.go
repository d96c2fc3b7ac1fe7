package quarantine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
)

// Warehouse answers one SELECT, in the SQL that DuckDB and Snowflake share, with the exact text of every cell; nil is NULL.
// Safe for concurrent use.
type Warehouse interface {
	Select(ctx context.Context, sql string) (columns []string, rows [][]*string, err error)
}

// Browser looks into the quarantine. Safe for concurrent use.
type Browser struct {
	warehouse Warehouse
	contracts *contract.Set
	// definitions are the contract files, by table.
	definitions map[string]*definition
	kept        kept
}

// New returns a Browser of the quarantine under the present contracts.
func New(contracts *contract.Set, warehouse Warehouse) (*Browser, error) {
	if contracts == nil || warehouse == nil {
		return nil, errors.New("quarantine: a dependency is missing")
	}
	b := &Browser{warehouse: warehouse, contracts: contracts, definitions: map[string]*definition{}, kept: kept{turn: make(chan struct{}, 1)}}
	for _, source := range contracts.Sources() {
		d, err := define(source)
		if err != nil {
			return nil, fmt.Errorf("quarantine: reading %s: %w", source.Name, err)
		}
		b.definitions[d.table] = d
	}
	return b, nil
}

// isText is the condition that a column has a value, or none where it is empty.
func isText(column, value string) string {
	if value == "" {
		return column + " IS NULL"
	}
	return column + " = " + dialect.Text(value)
}

// cell is a row's text; empty for NULL.
func cell(row []*string, i int) string {
	if row[i] == nil {
		return ""
	}
	return *row[i]
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // the warehouse's own whole numbers
	return n
}

func moment(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text) // the warehouse's own times
	return at
}
