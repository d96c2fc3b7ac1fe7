package snowflake_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/keypair"
	"github.com/penstock/penstock/test/harness"
)

const outputs = `{"S":{"lambdaFunctionName":"f","lambdaFunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f",
"s3BucketName":"lake","kinesisDataStreamName":"s","kinesisFirehoseDeliveryStreamName":"d","dataPrefix":"data/","region":"us-east-1"}}`

// person is somebody at a terminal, with a world behind it.
type person struct {
	*world
	p    *harness.Pipeline
	dir  string
	more []string // arguments
}

func at(t *testing.T) *person {
	t.Helper()
	w := newWorld(t)
	w.direct = true
	h := &person{world: w, p: harness.Example(t, "orders"), dir: t.TempDir()}
	h.write("outputs.json", outputs)
	h.key(key(), "")
	return h
}

func (h *person) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// key writes a private key, encrypted if there is a passphrase.
func (h *person) key(k *rsa.PrivateKey, passphrase string) {
	h.t.Helper()
	h.t.Setenv(keypair.Variable, passphrase)
	text, err := keypair.Encode(k, keypair.FromEnvironment(""))
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("key.p8", string(text))
}

// snowflake runs `penstock snowflake ...`.
func (h *person) snowflake(command string) harness.Result {
	h.t.Helper()
	h.p.Env = []string{"AWS_ENDPOINT_URL=" + h.cloud.Serve(h.t), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true", "SNOWFLAKE_ACCOUNT=", "SNOWFLAKE_USER="}
	args := []string{"snowflake", command, "-c", h.p.Dir, "--outputs", filepath.Join(h.dir, "outputs.json"), "--account", "MYORG-ACCOUNT1",
		"--user", "PENSTOCK_ADMIN", "--key", filepath.Join(h.dir, "key.p8"), "--endpoint", h.account.URL}
	return h.p.Run(append(args, h.more...)...)
}

// quiet are the statements that status asks beside SHOW and SYSTEM$, of tables without rows.
func (h *person) quiet() {
	h.account.Answer(`COUNT(*) AS N`, nil)
	h.account.Answer("PIPE_USAGE_HISTORY", nil)
	h.account.Answer("COPY_HISTORY", nil)
}

// TestBadInput is what a person does wrong or meets, by the real binary: each line has the cause and what mends it.
func TestBadInput(t *testing.T) {
	theirs := snowflake.QueueNotification{ID: "theirs", Queue: "arn:aws:sqs:us-east-1:111122223333:other", Events: []string{"s3:ObjectCreated:*"}, Prefix: "data/orders/"}
	stop := func(h *person, before string) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		run := snowflake.New(h.cfg, snowflake.Deps{Account: h.login(), Roles: h.cloud, Bucket: h.cloud, Call: func(c snowflake.Call) {
			if strings.HasPrefix(c.String(), before) {
				cancel()
			}
		}})
		if _, err := run.Setup(ctx); err == nil {
			h.t.Fatalf("setup was not stopped before %s", before)
		}
	}
	for name, c := range map[string]struct {
		prepare func(h *person)
		command string
		code    int
		says    []string
	}{
		"wrong account": {func(h *person) { h.more = []string{"--account", "nosuch"} }, "setup", 1, []string{"Snowflake account", "--account as in the account's URL"}},
		"wrong user":    {func(h *person) { h.more = []string{"--user", "NOBODY"} }, "setup", 1, []string{"does not let the user in", "--user", "SYSTEM$GET_LOGIN_FAILURE_DETAILS('0ce9eb56-821d-4ca9-a774-04ae89a0cf5a')"}},
		"wrong key": {func(h *person) {
			other, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				h.t.Fatal(err)
			}
			h.key(other, "")
		}, "setup", 1, []string{"does not let the user in", "penstock snowflake keys --show"}},
		"no key":           {func(h *person) { h.more = []string{"--key", "gone.p8"} }, "setup", 1, []string{"gone.p8", "penstock snowflake keys"}},
		"no passphrase":    {func(h *person) { h.key(key(), "correct-horse"); h.t.Setenv(keypair.Variable, "") }, "doctor", 1, []string{"$SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is not set", "export SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"}},
		"wrong passphrase": {func(h *person) { h.key(key(), "correct-horse"); h.t.Setenv(keypair.Variable, "battery") }, "doctor", 1, []string{"does not open the private key", "check SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"}},
		"wrong role":       {func(h *person) { h.account.Revoke("SYSADMIN") }, "setup", 1, []string{"the role \"SYSADMIN\" may not do this", `GRANT ROLE "SYSADMIN" TO USER "PENSTOCK_ADMIN"`, "--sql"}},
		"wrong region of Snowflake": {func(h *person) { h.account.Region = "PUBLIC.AWS_EU_WEST_1"; h.more = []string{"--restrict-vpc"} }, "setup", 1,
			[]string{"Snowflake runs in eu-west-1 and the bucket is in us-east-1", "without --restrict-vpc"}},
		"a bucket in another region":  {func(h *person) { h.cloud.BucketRegion = "eu-west-1" }, "setup", 1, []string{"the bucket lake is in eu-west-1", "--outputs"}},
		"a bucket of another account": {func(h *person) { h.cloud.Refusal = http.StatusForbidden }, "setup", 1, []string{"it is another account's, or these credentials are not enough", "aws sts get-caller-identity"}},
		"a bucket that is gone":       {func(h *person) { h.cloud.Refusal = http.StatusNotFound }, "setup", 1, []string{"there is no bucket lake", "penstock aws status"}},
		"a prefix that another pipe has": {func(h *person) {
			_ = h.cloud.SetNotifications(context.Background(), "lake", snowflake.Notifications{Queues: []snowflake.QueueNotification{theirs}})
		}, "setup", 1, []string{`notification "theirs"`, `below "data/orders/"`, "SNS topic"}},
		"a stage that another pipe has": {func(h *person) {
			h.must()
			h.account.Set("STAGE", "PENSTOCK.ORDERS_RAW.LAKE", "url", "s3://other/data/")
		}, "setup", 1, []string{"reads s3://other/data/, not s3://lake/data/", "--name"}},
		"a table with other columns": {func(h *person) {
			h.must()
			h.account.Set("TABLE", ordersTable, "columns", `("_SHARD" VARCHAR, "ID" VARCHAR)`)
		}, "setup", 1, []string{`"ID" of table "PENSTOCK"."ORDERS_RAW"."ORDERS" is VARCHAR and would have to be NUMBER(19,0)`, "old type"}},
		"a pipe that was paused too long": {func(h *person) { h.must(); h.account.Set("PIPE", ordersTable, "executionState", "STOPPED_STALE_PIPE") }, "doctor", 1, []string{"paused for more than 14 days", `SYSTEM$PIPE_FORCE_RESUME('"PENSTOCK"."ORDERS_RAW"."ORDERS"', 'staleness_check_override')`, "setup --backfill"}},
		"the same in status": {func(h *person) {
			h.must()
			h.quiet()
			h.account.Set("PIPE", ordersTable, "executionState", "STOPPED_STALE_PIPE")
		}, "status", 0, []string{"STOPPED_STALE_PIPE", "penstock snowflake doctor"}},
		"a file Snowflake refuses": {func(h *person) {
			h.must()
			h.quiet()
			h.account.Answer("COPY_HISTORY", []map[string]string{{"FILE_NAME": "orders/a.csv.gz", "STATUS": "Partially loaded", "FIRST_ERROR_MESSAGE": "Numeric value 'x' is not recognized", "FIRST_ERROR_LINE_NUMBER": "7", "ROW_COUNT": "99", "ROW_PARSED": "100"}})
		}, "status", 0, []string{"orders/a.csv.gz: Partially loaded, line 7: Numeric value 'x' is not recognized (99 of 100 rows loaded)", "`penstock snowflake recover` puts the rows that are missing into the quarantine"}},
		"half made, without roles":  {func(h *person) {}, "status", 1, []string{"run `penstock snowflake setup`"}},
		"half made, without a pipe": {func(h *person) { stop(h, "CREATE PIPE"); h.quiet() }, "status", 1, []string{"ORDERS: not set up yet, the pipe is not there; run `penstock snowflake setup`"}},
		"no network":                {func(h *person) { h.more = []string{"--endpoint", "http://127.0.0.1:1"} }, "setup", 1, []string{"Snowflake cannot be reached", "check the account's name (myorg-account1), the network"}},
		"a quote in a name":         {func(h *person) { h.more = []string{"--name", `"a"b"`} }, "setup", 2, []string{"has a quote inside", `write it twice: ""`}},
		"names that need quoting": {func(h *person) {
			h.more = []string{"--name", `"my ""own"" order"`, "--database", `"select"`, "--no-event"}
		}, "setup", 0, []string{`SELECT COUNT(*) FROM "select"."my ""own"" order"."ORDERS"`}},
	} {
		t.Run(name, func(t *testing.T) {
			h := at(t)
			c.prepare(h)
			r := h.snowflake(c.command)
			if r.Code != c.code {
				t.Errorf("it ended with %d", r.Code)
			}
			for _, says := range c.says {
				if !strings.Contains(r.Stdout+r.Stderr, says) {
					t.Errorf("it does not say %q", says)
				}
			}
			if t.Failed() {
				t.Logf("%s%s", r.Stdout, r.Stderr)
			}
			if strings.Contains(r.Stdout+r.Stderr, "correct-horse") {
				t.Error("it tells the passphrase")
			}
		})
	}
}

// TestBadInputOfThePipeline is the same for a pipeline whose warehouse is Snowflake.
func TestBadInputOfThePipeline(t *testing.T) {
	for name, c := range map[string]struct {
		change func(text string) string
		args   []string
		code   int
		says   []string
	}{
		"wrong account":             {func(s string) string { return strings.Replace(s, "@MYORG-ACCOUNT1", "@NOSUCH", 1) }, []string{"check", "--plan"}, 1, []string{"logging in to Snowflake", "check the account's name"}},
		"wrong user":                {func(s string) string { return strings.Replace(s, "//PENSTOCK_ADMIN", "//NOBODY", 1) }, []string{"check", "--plan"}, 1, []string{"logging in to Snowflake as NOBODY", "public key"}},
		"wrong role":                {func(s string) string { return strings.Replace(s, "PENSTOCK_ORDERS_LOADER", "NOSUCH", 1) }, []string{"check", "--plan"}, 1, []string{"Role 'NOSUCH'", "the roles"}},
		"a name that needs quoting": {func(s string) string { return strings.Replace(s, "/ORDERS_RAW?", "/my-orders?", 1) }, []string{"check", "--plan"}, 2, []string{"my-orders is no name of Snowflake's", "letters, digits and _"}},
		"setup's stage":             {func(s string) string { return s }, []string{"up"}, 1, []string{"the stage LAKE reads s3://lake/data/", "integration=NAME"}},
		"no stage":                  {func(s string) string { return strings.Replace(s, "stage=LAKE", "stage=NONE", 1) }, []string{"up"}, 1, []string{"there is no stage NONE", "integration=NAME"}},
		"setup's integration":       {func(s string) string { return strings.Replace(s, "stage=LAKE", "integration=PENSTOCK_ORDERS", 1) }, []string{"up"}, 1, []string{"the integration PENSTOCK_ORDERS does not allow the lake at file://", "STORAGE_ALLOWED_LOCATIONS"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.direct = true
			w.must()
			w.account.Answer(`"_PENSTOCK_OWNER"`, nil)
			dir := onDouble(t, w, "stage=LAKE")
			file := filepath.Join(dir, "pipeline.yaml")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.change(string(text))), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append(c.args, "-c", dir, "--data", filepath.Join(t.TempDir(), "data"))
			if c.args[0] == "up" {
				args = append(args, "--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0")
			}
			r := harness.On(t, dir, "").Run(args...)
			if r.Code != c.code {
				t.Errorf("it ended with %d", r.Code)
			}
			for _, says := range c.says {
				if !strings.Contains(r.Stdout+r.Stderr, says) {
					t.Errorf("it does not say %q", says)
				}
			}
			if t.Failed() {
				t.Logf("%s", fmt.Sprint(r.Stdout, r.Stderr))
			}
		})
	}
}
