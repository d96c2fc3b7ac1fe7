package snowflake_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/session"
	"github.com/penstock/penstock/test/snowflake/double"
)

var update = flag.Bool("update", false, "write golden files")

// key is made once: it is the slowest part of a test.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// world is an account, a cloud, and what setup is told about them.
type world struct {
	t       *testing.T
	account *double.Account
	cloud   *double.Cloud
	cfg     snowflake.Config
	// path carries the event of setups that get it.
	path *double.Path
	// direct leaves the driver out.
	direct bool
}

// others are what a bucket of somebody else's making has.
func others() (string, snowflake.Notifications) {
	policy := `{"Version":"2012-10-17","Statement":[{"Sid":"TLSOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
		`{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/shared/*"}]}`
	return policy, snowflake.Notifications{Queues: []snowflake.QueueNotification{{
		ID: "audit", Queue: "arn:aws:sqs:us-east-1:111122223333:audit", Events: []string{"s3:ObjectCreated:*"}, Prefix: "errors/",
	}}, Rest: "kept"}
}

// tables are those of the example, compiled once.
var tables = sync.OnceValues(func() ([]*contract.Table, error) {
	set, err := pipeline.Contracts(filepath.Join("..", "..", "examples", "orders"))
	if err != nil {
		return nil, err
	}
	return append(set.Tables(), contract.QuarantineTable()), nil
})

// markedID is the order_id of the event.
const markedID = "70656e73-0000-8000-8000-000000000000"

func newWorld(t *testing.T) *world {
	t.Helper()
	all, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, account: double.Start(t, &key().PublicKey), cloud: double.NewCloud(others()), path: &double.Path{ID: markedID}}
	w.account.Trust, w.account.Asked = w.cloud.Trusts, w.path.Asked
	w.cfg = snowflake.Config{
		Pipeline: "orders", Tables: all,
		Names: snowflake.NewNames("PENSTOCK", "ORDERS"), User: "PENSTOCK_ADMIN", RoleName: "penstock-orders-snowflake",
		Lake:  snowflake.Lake{Bucket: "lake", Prefix: "data/", Region: "us-east-1", Account: "111122223333"},
		Pause: time.Millisecond, Patience: 10 * time.Second,
		Event: &snowflake.Event{Stream: "orders", Table: "orders", Column: "order_id", ID: markedID, Pause: time.Millisecond, Patience: 5 * time.Minute},
	}
	return w
}

func (w *world) login() snowflake.Account {
	w.t.Helper()
	if w.direct {
		return w.account.Direct()
	}
	s, err := session.Open(context.Background(), session.Config{Account: "MYORG-ACCOUNT1", User: "PENSTOCK_ADMIN", Key: key(), Endpoint: w.account.URL, Retries: 2, LoginTimeout: 3 * time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

// setup runs it and returns what it sent.
func (w *world) setup(ctx context.Context) (calls []string, changed bool, err error) {
	run := snowflake.New(w.cfg, snowflake.Deps{
		Account: w.login(), Roles: w.cloud, Bucket: w.cloud, Path: w.path,
		Call: func(c snowflake.Call) { calls = append(calls, c.String()) },
	})
	changed, err = run.Setup(ctx)
	return calls, changed, err
}

func (w *world) must() []string {
	w.t.Helper()
	calls, _, err := w.setup(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return calls
}

// sent are the statements that reached the account.
func (w *world) sent() []string {
	var all []string
	for _, s := range w.account.Statements() {
		all = append(all, s.SQL+";")
	}
	return all
}

// dry are the calls of the dry run.
func (w *world) dry() []string {
	w.t.Helper()
	var calls []string
	run := snowflake.New(w.cfg, snowflake.Deps{Call: func(c snowflake.Call) { calls = append(calls, c.String()) }})
	if _, err := run.Setup(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return calls
}

func onlySQL(calls []string) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(c string) bool { return !strings.HasSuffix(c, ";") })
}

func golden(t *testing.T, name string, got []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	text := strings.Join(got, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s is not what was sent; -update writes it:\n%s", path, text)
	}
}
