package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/produce"
)

// triedOrders is how many dummy orders are run through the contracts before any is sent.
const triedOrders = 10

// told is what to tell before dummy orders are sent to the pipeline in a folder none of whose contracts takes them:
// they would fill its quarantine. It is empty for files, for an unknown pipeline, and for one whose files have been
// made unreadable since it started.
func (o sourceOptions) told(dir string) string {
	if dir == "" || len(o.from) > 0 || o.bad == o.orders {
		return ""
	}
	file, err := pipeline.Load(dir)
	if err != nil {
		return ""
	}
	refusal, all := refusedOrders(file.Contracts)
	if !all {
		return ""
	}
	return fmt.Sprintf("the contracts of %s take no dummy orders, so these will wait in its quarantine (%s)\n"+
		"  send events that it has a contract for with `penstock produce --from FILE`", dir, refusal)
}

// refusedOrders says why the contracts refuse a dummy order, and whether they refuse all that were tried.
func refusedOrders(set *contract.Set) (refusal string, all bool) {
	orders, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: triedOrders, Seed: 1})
	if err != nil {
		return "", false
	}
	processor := set.NewProcessor()
	for {
		order, err := orders.Next()
		if err != nil {
			return refusal, errors.Is(err, io.EOF)
		}
		out := processor.Process(order.Data)
		if out.Verdict != contract.Quarantined {
			return "", false
		}
		refusal = string(out.Reason)
		if out.Field != "" {
			refusal += " " + out.Field
		}
	}
}
