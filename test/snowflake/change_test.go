package snowflake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
)

// TestSetupFollowsAContractThatGotAColumn adds it to the table, and makes pipe and view again.
func TestSetupFollowsAContractThatGotAColumn(t *testing.T) {
	w := newWorld(t)
	w.must()
	grown := *w.cfg.Tables[0]
	grown.Columns = append(slices.Clone(grown.Columns), contract.Column{Name: "coupon", Type: contract.Type{Kind: contract.Varchar}})
	w.cfg.Tables = append([]*contract.Table{&grown}, w.cfg.Tables[1:]...)
	w.account.Forget()
	w.must()
	sent := strings.Join(w.sent(), "\n")
	for _, want := range []string{
		`ALTER TABLE "PENSTOCK"."ORDERS_RAW"."ORDERS" ADD COLUMN "COUPON" VARCHAR;`,
		`ALTER PIPE "PENSTOCK"."ORDERS_RAW"."ORDERS" SET PIPE_EXECUTION_PAUSED = TRUE;`,
		`CREATE OR REPLACE PIPE "PENSTOCK"."ORDERS_RAW"."ORDERS"`, `CREATE OR REPLACE VIEW "PENSTOCK"."ORDERS"."ORDERS"`,
	} {
		if !strings.Contains(sent, want) {
			t.Errorf("%s was not sent:\n%s", want, sent)
		}
	}
	if strings.Contains(sent, "CREATE TABLE") || strings.Contains(sent, `PIPE "PENSTOCK"."ORDERS_RAW"."QUARANTINE" AUTO_INGEST`) {
		t.Errorf("more was sent than the column needs:\n%s", sent)
	}
}
