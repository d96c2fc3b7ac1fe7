package double

import (
	"cmp"
	"context"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
)

// UserARN is the AWS user of the account, constant for all of its integrations.
const UserARN = "arn:aws:iam::999988887777:user/externalstages/ci0001"

// Channel is the account's queue for notifications in its region.
const Channel = "arn:aws:sqs:us-east-1:999988887777:sf-snowpipe-AIDAEXAMPLE-0001"

// Account is a Snowflake account.
type Account struct {
	// Name and User that may log in, with the public key of the user.
	Name, User string
	Key        *rsa.PublicKey
	// Trust says whether the account's AWS user may assume the role of an integration now; by default always. It is
	// asked by SYSTEM$VALIDATE_STORAGE_INTEGRATION.
	Trust func(roleARN, externalID string) bool
	// Asked, if set, is asked first for the rows of a SELECT, in its columns' order; nil is not known. It must not call
	// the account.
	Asked func(sql string) (columns []string, rows [][]*string)
	// Region is where the account runs. Default AWS_US_EAST_1.
	Region string
	// Platform is what SYSTEM$GET_SNOWFLAKE_PLATFORM_INFO answers. Default: two VPCs for all, one for other purposes.
	Platform string
	// Properties of the user, as DESC USER tells them.
	Properties map[string]string
	// Skew is how far the account's clock is ahead.
	Skew time.Duration
	// URL is where the account listens.
	URL string

	mu         sync.Mutex
	second     bool // Key is RSA_PUBLIC_KEY_2
	sessions   map[string]*session
	objects    map[string]*object // by kind and full name
	order      []string
	grants     []grant
	statements []Statement
	faults     []*Fault
	answered   map[string]answer // by request id: a repeated request gets the first answer
	tables     map[string][]map[string]string
	copied     map[string][]Row               // by table: what pipes have loaded
	history    map[string][]map[string]string // by table: COPY_HISTORY
	next       int
}

// Statement is one that was run.
type Statement struct {
	Role, SQL string
	// Failed says that it was refused.
	Failed bool
}

// session has a role, the virtual warehouse in use and, if its login named them, a database and schema for names that are
// not qualified.
type session struct{ role, warehouse, database, schema string }

// Start makes an account with the roles every account has; its user has those of an administrator.
func Start(t testing.TB, key *rsa.PublicKey) *Account {
	a := &Account{
		Name: "MYORG-ACCOUNT1", User: "PENSTOCK_ADMIN", Key: key,
		sessions: map[string]*session{}, objects: map[string]*object{}, answered: map[string]answer{}, tables: map[string][]map[string]string{},
		copied: map[string][]Row{}, history: map[string][]map[string]string{},
	}
	for _, role := range []string{"ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN"} {
		a.put("ROLE", role, "", nil)
		a.grants = append(a.grants, grant{privilege: "USAGE", kind: "ROLE", name: role, toKind: "USER", to: a.User})
	}
	server := httptest.NewServer(a.handler())
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

func (a *Account) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /session/v1/login-request", a.login)
	mux.HandleFunc("POST /queries/v1/query-request", a.query)
	mux.HandleFunc("POST /queries/v1/abort-request", a.nothing)
	mux.HandleFunc("POST /session", a.nothing)
	mux.HandleFunc("POST /telemetry/send", a.nothing)
	return mux
}

// Statements are all that were run, in order.
func (a *Account) Statements() []Statement {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Statement(nil), a.statements...)
}

// Forget empties the list of statements.
func (a *Account) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statements = nil
}

// Answer gives the rows of a SELECT from a table function such as COPY_HISTORY, by a part of its text.
func (a *Account) Answer(part string, rows []map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tables[part] = rows
}

// Own makes an object that belongs to a role.
func (a *Account) Own(kind, name, owner string, attributes map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(kind, name, owner, attributes)
}

// Drop takes an object away.
func (a *Account) Drop(kind, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.objects, kind+" "+name)
}

// Set changes an attribute of an object.
func (a *Account) Set(kind, name, attribute, value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.objects[kind+" "+name].attributes[attribute] = value
}

// SecondKey makes the key that logs in the user's second one.
func (a *Account) SecondKey() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.second = true
}

// Get is an attribute of an object.
func (a *Account) Get(kind, name, attribute string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.objects[kind+" "+name].attributes[attribute]
}

// Objects are the kinds and names that are there, "PIPE PENSTOCK.ORDERS_RAW.ORDERS".
func (a *Account) Objects() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, key := range a.order {
		if a.objects[key] != nil {
			all = append(all, key)
		}
	}
	return all
}

// Grants are all grants as text, "USAGE ON DATABASE PENSTOCK TO ROLE X".
func (a *Account) Grants() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, g := range a.grants {
		all = append(all, g.privilege+" ON "+g.kind+" "+g.name+" TO "+g.toKind+" "+g.to)
	}
	return all
}

// Direct is a session without the driver, for tests that run a great many statements.
type Direct struct {
	account *Account
	session session
}

// Direct logs in.
func (a *Account) Direct() *Direct { return &Direct{account: a, session: session{role: "SYSADMIN"}} }

// Query runs a statement. What is refused is told as the driver's session tells it.
func (d *Direct) Query(ctx context.Context, statement string) ([]map[string]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a := d.account
	a.mu.Lock()
	defer a.mu.Unlock()
	given := denied(d.session.role, statement)
	if a.fault(statement) == 0 {
		given = a.run(&d.session, statement)
	}
	a.statements = append(a.statements, Statement{Role: d.session.role, SQL: statement, Failed: given.code != 0})
	if given.code != 0 {
		codes := map[int]string{3001: snowflake.CodeNoPrivilege, 3013: snowflake.CodeNoPrivilege, 2003: snowflake.CodeNotThere}
		return nil, &event.Error{Code: cmp.Or(codes[given.code], snowflake.CodeStatement), Message: given.message}
	}
	var rows []map[string]string
	for _, cells := range given.rows {
		row := map[string]string{}
		for i, c := range given.columns {
			row[strings.ToLower(c)] = ""
			if cells[i] != nil {
				row[strings.ToLower(c)] = *cells[i]
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Revoke takes a role from the user.
func (a *Account) Revoke(role string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.grants = slices.DeleteFunc(a.grants, func(g grant) bool { return g.kind == "ROLE" && g.name == role && g.to == a.User })
}
