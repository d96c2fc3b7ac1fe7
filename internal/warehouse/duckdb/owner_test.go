package duckdb

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

func TestE2AWarehouseFollowsOneStream(t *testing.T) {
	r := newRig(t) // made by a version that did not write down whose it is
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...)))
	r.cfg.Stream = "orders"
	r.restart()

	r.client.Close()
	other := r.cfg
	other.Stream = "order_lines"
	_, err := Start(context.Background(), other)
	if told, ok := errors.AsType[*event.Error](err); !ok || told.Code != "warehouse_of_another_stream" ||
		!strings.Contains(err.Error(), "of stream orders") || !strings.Contains(told.Hint, "--data") {
		t.Errorf("another stream's pipeline got %v", err)
	}

	r.start()
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...)))
	equal(t, "rows", r.query("select count(*) from orders"), []string{"3"})
}
