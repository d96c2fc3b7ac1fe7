package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake"

	"github.com/penstock/penstock/test/harness"
)

// items is a pipeline of one table, with its warehouse at the endpoint. more is what the contract says beside its columns.
func items(t *testing.T, endpoint, schema, more string) *harness.Pipeline {
	t.Helper()
	p := harness.New(t, map[string]string{
		"pipeline.yaml":        "stream: {name: items}\ndelivery: {buffer: {interval: 200ms}}\nwarehouse: duckdb\n",
		"contracts/items.yaml": "table: items\nmatch: has(event.id)\n" + more + "columns:\n  - {name: id, type: bigint, required: true}\n  - {name: city, type: varchar}\n",
	})
	return intoSnowflake(t, p, endpoint, schema)
}

// item is an event whose row a table without NULLs refuses, if it has no city.
func item(id int, city bool) []byte {
	if city {
		return fmt.Appendf(nil, `{"id": %d, "city": "Berlin"}`, id)
	}
	return fmt.Appendf(nil, `{"id": %d}`, id)
}

// administrator is somebody else at the account.
func administrator(t *testing.T, p *harness.Pipeline, endpoint, schema string) func(statement string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.Dir, "key.p8"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	gosnowflake.GetLogger().SetOutput(io.Discard)
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: "account", User: "admin", Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: key.(*rsa.PrivateKey),
		Database: "PENSTOCK", Schema: schema, Protocol: at.Scheme, Host: at.Hostname(), Port: port,
	}))
	t.Cleanup(func() { _ = db.Close() })
	return func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// TestSnowflakeRefusedRowsEnterTheQuarantine (E2) and hold up nothing: neither the rows beside them nor the files behind.
// With or without a key; redrive brings them into the table when that is mended.
func TestSnowflakeRefusedRowsEnterTheQuarantine(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{"PLAIN": "", "KEYED": "key: id\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := fakesnow(t)
			p := items(t, endpoint, name, more).Start()
			admin := administrator(t, p, endpoint, name)
			put(t, p, "items", item(1, true))
			expectLedger(t, p, 1, 0, 0)
			admin("ALTER TABLE items ALTER COLUMN city SET NOT NULL")
			put(t, p, "items", item(2, true), item(3, false), item(4, true), item(5, false))
			expectLedger(t, p, 3, 2, 0)
			put(t, p, "items", item(6, true), item(7, false))
			expectLedger(t, p, 4, 3, 0)
			rows := p.Query(`select raw, contract, reason, field from "quarantine" order by raw`)
			if fmt.Sprint(rows) != `[[{"id": 3} items refused_by_warehouse ] [{"id": 5} items refused_by_warehouse ] [{"id": 7} items refused_by_warehouse city]]` {
				t.Errorf("the quarantine has %v", rows)
			}
			expect(t, p.Run("redrive", "--data", p.Data), 0) // they are refused still
			expectLedger(t, p, 4, 3, 0)
			admin("ALTER TABLE items ALTER COLUMN city DROP NOT NULL")
			expect(t, p.Run("redrive", "--data", p.Data), 0)
			p.WaitFor("the redriven rows", delivered, func(s harness.Status) bool { return s.Ledger.Quarantined == 0 })
			expectLedger(t, p, 7, 0, 0)
			if rows := p.Query("select count(*), count(distinct id), count(city) from items"); fmt.Sprint(rows) != "[[7 7 4]]" {
				t.Errorf("the table has %v", rows)
			}
		})
	}
}

// TestE5SnowflakeRefusedRowsSurviveKills at each step from the first look at a refused file to its commit.
func TestE5SnowflakeRefusedRowsSurviveKills(t *testing.T) {
	t.Parallel()
	upstream := fakesnow(t)
	relay := startHolding(t, upstream)
	p := items(t, relay.url, "KILLS", "key: id\n").Start()
	put(t, p, "items", item(0, true))
	expectLedger(t, p, 1, 0, 0)
	administrator(t, p, upstream, "KILLS")("ALTER TABLE items ALTER COLUMN city SET NOT NULL")
	for i, step := range []struct {
		words string
		after bool
	}{
		{"ON_ERROR = CONTINUE", false}, {`SELECT "_SEQUENCE", COUNT(*)`, true}, {`DELETE FROM "_PENSTOCK_IN_ITEMS" WHERE "_SEQUENCE" IN`, true},
		{`INSERT INTO "QUARANTINE"`, false}, {`INSERT INTO "QUARANTINE"`, true}, {`INSERT INTO "_PENSTOCK_LOADS"`, true},
		{`COMMIT`, false}, {`COMMIT`, true},
	} {
		held := relay.hold(step.words, step.after)
		put(t, p, "items", item(10*i+1, true), item(10*i+2, false), item(10*i+3, true))
		select {
		case <-held:
		case <-time.After(delivered):
			t.Fatalf("%q was not sent", step.words)
		}
		p.Kill()
		relay.release()
		p.Start()
		expectLedger(t, p, int64(2*i+3), int64(i+1), 0)
	}
	if rows := p.Query(`select count(*), count(distinct _sequence) from items union all select count(*), count(distinct _sequence) from "quarantine" order by 1`); fmt.Sprint(rows) != "[[8 8] [17 17]]" {
		t.Errorf("rows and sequence numbers: %v", rows)
	}
}

// TestE2SnowflakesOutagesQuarantineNothing: a privilege that was revoked, a warehouse that is suspended, a stage out of reach
// hold up loading until somebody mends them. That is so, too, while refused rows are looked for.
func TestE2SnowflakesOutagesQuarantineNothing(t *testing.T) {
	t.Parallel()
	upstream := fakesnow(t)
	relay := startHolding(t, upstream)
	p := items(t, relay.url, "OUTAGES", "").Start()
	put(t, p, "items", item(0, true))
	expectLedger(t, p, 1, 0, 0)
	administrator(t, p, upstream, "OUTAGES")("ALTER TABLE items ALTER COLUMN city SET NOT NULL")
	for i, answer := range []struct{ words, code, state string }{
		{"COPY INTO", "003001", "42501"}, {"COPY INTO", "000606", "57P03"}, {"COPY INTO", "091003", "55000"}, {"COPY INTO", "091016", "22000"},
		{"BEGIN", "000606", "57P03"}, {"ON_ERROR = CONTINUE", "003001", "42501"}, {"ON_ERROR = CONTINUE", "091016", "22000"},
		{`INSERT INTO "QUARANTINE"`, "003001", "42501"},
	} {
		often := relay.refuse(answer.words, answer.code, answer.state, 3)
		put(t, p, "items", item(2*i+1, true), item(2*i+2, false))
		select {
		case <-often:
		case <-time.After(delivered):
			t.Fatalf("%q was not sent again", answer.words)
		}
		s, _ := p.Status()
		if s.Ledger.Loaded != int64(i+1) || s.Ledger.Quarantined != int64(i) || s.Ledger.InFlight != 2 || !s.Balanced {
			t.Errorf("with %s refused by %s: %+v, balanced %v", answer.words, answer.code, s.Ledger, s.Balanced)
		}
		relay.refuse("", "", "", 0)
		expectLedger(t, p, int64(i+2), int64(i+1), 0)
	}
}

// holding passes requests on to a double of Snowflake, and keeps one back.
type holding struct {
	t        *testing.T
	url      string
	upstream string
	pass     *httputil.ReverseProxy

	mu     sync.Mutex
	words  string
	after  bool
	held   chan struct{}
	going  chan struct{}
	broken chan struct{}

	refused, refusal string
	left             int
	often            chan struct{}
}

func startHolding(t *testing.T, upstream string) *holding {
	t.Helper()
	at, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{t: t, upstream: upstream, pass: httputil.NewSingleHostReverseProxy(at)}
	h.pass.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// hold keeps the next statement back that has the words: before it is passed on, or its answer. held is closed then.
func (h *holding) hold(words string, after bool) (held <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.words, h.after, h.held, h.going, h.broken = words, after, make(chan struct{}), make(chan struct{}), make(chan struct{})
	return h.held
}

// release lets go of the request, whose client is gone. Its session is rolled back, as Snowflake does with one that is gone.
func (h *holding) release() {
	close(h.going)
	<-h.broken
}

// refuse answers statements that have the words with an error; often is closed when it has done so that many times. No
// words refuse nothing.
func (h *holding) refuse(words, code, state string, times int) (often <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused, h.left, h.often = words, times, make(chan struct{})
	h.refusal = fmt.Sprintf(`{"success": false, "code": %q, "message": "refused by the test", "data": {"errorCode": %q, "sqlState": %q}}`, code, code, state)
	return h.often
}

// answered reports whether a statement was refused.
func (h *holding) answered(w io.Writer, statement string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == "" || !strings.Contains(statement, h.refused) {
		return false
	}
	if h.left--; h.left == 0 {
		close(h.often)
	}
	_, _ = io.WriteString(w, h.refusal) // a client that is gone has its error
	return true
}

func (h *holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	statement := statementOf(r, body)
	if h.answered(w, statement) {
		return
	}
	h.mu.Lock()
	meant := h.words != "" && strings.Contains(statement, h.words)
	after, held, going, broken := h.after, h.held, h.going, h.broken
	if meant {
		h.words = ""
	}
	h.mu.Unlock()
	if !meant {
		h.pass.ServeHTTP(w, r)
		return
	}
	defer close(broken)
	if after {
		h.pass.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
	}
	close(held)
	<-going
	rollback, err := http.NewRequest(http.MethodPost, h.upstream+"/queries/v1/query-request?requestId=0", strings.NewReader(`{"sqlText": "ROLLBACK"}`))
	if err != nil {
		h.t.Error(err)
		return
	}
	rollback.Header.Set("Authorization", r.Header.Get("Authorization"))
	answer, err := http.DefaultClient.Do(rollback)
	if err != nil {
		h.t.Error(err)
		return
	}
	answer.Body.Close()
	w.WriteHeader(http.StatusBadGateway)
}

// statementOf is the SQL of a request.
func statementOf(r *http.Request, body []byte) string {
	if r.Header.Get("Content-Encoding") == "gzip" {
		if plain, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(plain)
		}
	}
	var query struct {
		SQLText string `json:"sqlText"`
	}
	_ = json.Unmarshal(body, &query) // other requests have none
	return query.SQLText
}
