package app

import (
	"errors"
	"fmt"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

func TestARowLastsBeyondTheNext(t *testing.T) {
	cells := []duckdb.Cell{{Text: "Berlin"}, {Null: true}, {Text: ""}}
	first := lasting(cells)
	copy(cells, []duckdb.Cell{{Text: "Oslo"}, {Text: "1"}, {Null: true}})
	second := lasting(cells)
	if *first[0] != "Berlin" || first[1] != nil || first[2] == nil || *first[2] != "" {
		t.Errorf("the first row became %v", first)
	}
	if *second[0] != "Oslo" || *second[1] != "1" || second[2] != nil {
		t.Errorf("the second row is %v", second)
	}
}

func TestAWarehouseThatIsAwayIsToBeAskedAgain(t *testing.T) {
	away := unavailable(fmt.Errorf("%w: the process ended", warehouse.ErrUnavailable))
	if known, ok := errors.AsType[*event.Error](away); !ok || known.Code != "warehouse_unavailable" || known.Hint == "" || !errors.Is(away, warehouse.ErrUnavailable) {
		t.Errorf("%v", away)
	}
	wrong := &event.Error{Code: "query_syntax", Message: "no"}
	if got := unavailable(wrong); !errors.Is(got, wrong) || errors.Is(got, warehouse.ErrUnavailable) {
		t.Errorf("%v", got)
	}
	if unavailable(nil) != nil {
		t.Error("no error became one")
	}
}
