package snowflake_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	loader "github.com/penstock/penstock/internal/warehouse/snowflake"
	"github.com/penstock/penstock/test/harness"
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

// TestSetupWidensAColumn whose contract's type got wider, and leaves the pipe as it is.
func TestSetupWidensAColumn(t *testing.T) {
	w := newWorld(t)
	w.must()
	const table = "PENSTOCK.ORDERS_RAW.ORDERS"
	w.account.Set("TABLE", table, "columns", strings.NewReplacer(`"ID" NUMBER(19,0)`, `"ID" NUMBER(10,0)`, `"ORDER_ID" VARCHAR`, `"ORDER_ID" VARCHAR(36)`).Replace(w.account.Get("TABLE", table, "columns")))
	w.account.Forget()
	w.must()
	sent := strings.Join(w.sent(), "\n")
	if want := `ALTER TABLE "PENSTOCK"."ORDERS_RAW"."ORDERS" ALTER COLUMN "ID" SET DATA TYPE NUMBER(19,0), COLUMN "ORDER_ID" SET DATA TYPE VARCHAR;`; !strings.Contains(sent, want) || strings.Contains(sent, "CREATE") {
		t.Errorf("%s was not sent, or more was:\n%s", want, sent)
	}
	if _, changed, err := w.setup(context.Background()); changed || err != nil {
		t.Errorf("a second setup: changed %v, %v", changed, err)
	}
}

// TestTheLoaderTakesTablesOfSetup compares the contracts of a pipeline with the tables that setup has made of them, also
// after a column was added, which stands behind setup's own.
func TestTheLoaderTakesTablesOfSetup(t *testing.T) {
	w := newWorld(t)
	dir := onDouble(t, w, "stage=ROOT")
	w.must()
	p := harness.On(t, dir, filepath.Join(t.TempDir(), "data"))
	planned := func() string {
		t.Helper()
		r := p.Run("check", "--plan", "--json", "-c", dir)
		var report struct{ Changes, Plan []string }
		if err := json.Unmarshal([]byte(r.Stdout), &report); r.Code != 0 || err != nil {
			t.Fatalf("check ended with %d, %v: %s%s", r.Code, err, r.Stdout, r.Stderr)
		}
		return strings.Join(append(report.Changes, report.Plan...), "\n")
	}
	if got := planned(); got != "" {
		t.Errorf("the loader would change setup's tables: %s", got)
	}
	file := filepath.Join(dir, "contracts", "orders.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "  - {name: coupon, type: varchar}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := planned(); !strings.Contains(got, `ALTER TABLE "ORDERS" ADD COLUMN "COUPON" VARCHAR`) {
		t.Errorf("the new column is not planned: %s", got)
	}
	grown := *w.cfg.Tables[0]
	grown.Columns = append(slices.Clone(grown.Columns), contract.Column{Name: "coupon", Type: contract.Type{Kind: contract.Varchar}})
	w.cfg.Tables = append([]*contract.Table{&grown}, w.cfg.Tables[1:]...)
	w.must()
	if got := planned(); got != "" {
		t.Errorf("the loader would change setup's table with the column: %s", got)
	}
}

// onDouble is a copy of the example whose warehouse is setup's schema in the account; words are further ones of its URL.
func onDouble(t *testing.T, w *world, words string) string {
	t.Helper()
	dir := harness.Example(t, "orders").Dir
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key.p8"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pipeline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("warehouse: snowflake://PENSTOCK_ADMIN@MYORG-ACCOUNT1/PENSTOCK/ORDERS_RAW?role=PENSTOCK_ORDERS_LOADER&key_file=key.p8&endpoint=%s&%s", url.QueryEscape(w.account.URL), words)
	changed := strings.Replace(string(text), "warehouse: duckdb", at, 1)
	if changed == string(text) {
		t.Fatal("the example names no warehouse")
	}
	if err := os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTheLoaderMakesItsStage by an integration that reaches the lake's root, in a schema of setup's.
func TestTheLoaderMakesItsStage(t *testing.T) {
	w := newWorld(t)
	w.direct = true
	w.must()
	w.account.Answer(`"_PENSTOCK_OWNER"`, nil)
	prepare := func() error {
		t.Helper()
		client, err := loader.Open(context.Background(), loader.Config{Account: "MYORG-ACCOUNT1", User: "PENSTOCK_ADMIN", Key: key(), Endpoint: w.account.URL,
			Database: "PENSTOCK", Schema: "ORDERS_RAW", Role: "PENSTOCK_ORDERS_LOADER", Integration: "PENSTOCK_ORDERS", LakeURL: "s3://lake", Stream: "orders"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		return client.Prepare(context.Background(), w.cfg.Tables[:1])
	}
	if fault, ok := errors.AsType[*event.Error](prepare()); !ok || fault.Code != "location_not_allowed" || !strings.Contains(fault.Hint, "'s3://lake/'") {
		t.Errorf("an integration for the data prefix alone: %v", fault)
	}
	w.account.Set("INTEGRATION", "PENSTOCK_ORDERS", "STORAGE_ALLOWED_LOCATIONS", "s3://lake/,s3://lake/data/")
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	if at := w.account.Get("STAGE", "PENSTOCK.ORDERS_RAW._PENSTOCK_LAKE", "url"); at != "s3://lake/" {
		t.Errorf("the stage reads %s", at)
	}
}
