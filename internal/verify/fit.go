package verify

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Place is where the marked orders come to lie.
type Place struct {
	// Table is the contract's, Column the one that holds the order_id.
	Table, Column string
}

// Fit finds which contract takes the marked orders. The error says what to do when none does.
func Fit(contracts *contract.Set) (Place, error) {
	mark := NewMark()
	data := mark.Order(0, time.Now())
	out := contracts.NewProcessor().Process(data)
	switch out.Verdict {
	case contract.Dropped:
		return Place{}, unfit(fmt.Sprintf("the contract of table %s drops them", out.Contract))
	case contract.Quarantined:
		why := fmt.Sprintf("they would go to the quarantine: %s", out.Reason)
		if out.Field != "" {
			why += ", field " + out.Field
		}
		if out.Detail != "" {
			why += ": " + out.Detail
		}
		return Place{}, unfit(why)
	}
	for i, column := range out.Table.Columns {
		if kind := column.Type.Kind; kind != contract.UUID && kind != contract.Varchar {
			continue
		}
		if value := out.Row[i]; !value.Null && string(value.Bytes) == mark.OrderID(0) {
			return Place{Table: out.Table.Name, Column: column.Name}, nil
		}
	}
	return Place{}, unfit(fmt.Sprintf("table %s keeps their order_id in no column, so rows could not be told apart", out.Table.Name))
}

func unfit(why string) error {
	return &event.Error{
		Code:    "no_contract_for_orders",
		Message: "no contract of the pipeline takes the dummy orders: " + why,
		Hint:    "verify sends orders as `penstock produce` makes them: start a pipeline with examples/orders, or copy its contracts/orders.yaml into yours",
	}
}
