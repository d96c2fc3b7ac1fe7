package pipeline_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/pipeline"
)

const aContract = "table: orders\ncolumns:\n  - {name: id, type: bigint}\n"

// folder makes a pipeline's folder of file names and texts, with a contract unless there is one.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if _, has := files["contracts"]; !has {
		files["contracts/orders.yaml"] = aContract
	}
	delete(files, "contracts")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, text string) (*pipeline.Pipeline, error) {
	t.Helper()
	return pipeline.Load(folder(t, map[string]string{"pipeline.yaml": text}))
}

var ignore = cmpopts.IgnoreFields(pipeline.Pipeline{}, "Contracts", "Dashboards", "Dir")

func defaults() *pipeline.Pipeline {
	return &pipeline.Pipeline{
		Name:     "shop",
		Stream:   pipeline.Stream{Name: "orders", Shards: 1, Retention: 24 * time.Hour, MaxRecord: 1 << 20},
		Delivery: pipeline.Delivery{Buffer: pipeline.Buffer{Size: 1 << 20, Interval: time.Second}, Format: format.Config{Format: "csv"}},
		AWS:      pipeline.AWS{Buffer: pipeline.Buffer{Size: 64 << 20, Interval: time.Minute}, Capacity: pipeline.Provisioned},
		Listen:   pipeline.Listen{Kinesis: "127.0.0.1:4567", HTTP: "127.0.0.1:8080"},
		Limits: pipeline.Limits{
			Backlog: 8 << 30, DiskReserve: 1 << 30,
			QueryMemory: 192 << 20, QueryTemp: 2 << 30, QueryTimeout: 30 * time.Second, QueryRows: 1_000_000,
		},
		Alarms: pipeline.Alarms{
			Webhook:   pipeline.Webhook{Format: pipeline.WebhookSlack},
			Freshness: time.Minute, Lag: 1000, Quarantine: 0.01, Window: 5 * time.Minute, Ledger: true,
			Disk: 2 << 30, Clock: 2 * time.Second, Failing: 10 * time.Second,
		},
	}
}

func TestShortestFileHasAllDefaults(t *testing.T) {
	p, err := load(t, "stream: {name: orders}\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(defaults(), p, ignore); d != "" {
		t.Error(d)
	}
	if p.Delivery.Format.Name() != "csv.gz" {
		t.Errorf("files are %s", p.Delivery.Format.Name())
	}
	if p.Contracts.Table("orders") == nil || p.Contracts.Sources()[0].Name != "contracts/orders.yaml" {
		t.Errorf("contracts: %v", p.Contracts.Sources())
	}
}

// aHash is the hash of some password.
const aHash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$dGhpcyBpcyBhIGtleSBvZiAzMiBieXRlcyBpbiBhbGw"

func TestEveryWord(t *testing.T) {
	t.Setenv("SHOP_SECRET", "hidden")
	t.Setenv("WALL_TOKEN", "hidden-0123456789")
	t.Setenv("HOOK", "https://hooks.example.com/hidden")
	dir := folder(t, map[string]string{
		"pipeline.yaml": `
# a comment
stream:    {name: Orders_1.x-y, shards: 4, retention: 7d, max_record: 10MiB}
delivery:
  buffer: {size: 16MiB, interval: 500ms}
  format: parquet
  compression: zstd
lake:      "s3://bucket/some/prefix?region=eu-central-1"
warehouse: duckdb:///var/lib/shop.duckdb
aws:       {buffer: {size: 128MiB, interval: 15m}, capacity: on-demand, notify: ops@example.com}
listen:
  kinesis: 0.0.0.0:4600
  http:    "[::1]:0"
  tls: {cert: tls/server.crt, key: tls/server.key}
access_keys:
  - {id: SHOP, secret_env: SHOP_SECRET}
  - {id: OTHER, secret_file: other.secret}
access:
  users:
    - {name: anna@example.org, role: operator, password_hash_file: anna.hash}
  tokens:
    - {name: wall, role: viewer, secret_env: WALL_TOKEN}
    - {name: prometheus, role: operator, secret_file: token.secret}
limits: {backlog: 100GB, disk_reserve: 2GiB, query_memory: 1GiB, query_temp: 0B, query_timeout: 1m30s, query_rows: 10_000}
alarms:
  webhook: {url: "${HOOK}", format: json}
  freshness: 10s
  lag: off
  quarantine: 0.5%
  window: 1m
  ledger: off
  clock: off
  failing: 1m
`,
		"tls/server.crt": "x", "tls/server.key": "x", "other.secret": "  in a file\n",
		"anna.hash": aHash + "\n", "token.secret": "in-a-file-0123456789\n",
	})
	p, err := pipeline.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &pipeline.Pipeline{
		Name:      "shop",
		Stream:    pipeline.Stream{Name: "Orders_1.x-y", Shards: 4, Retention: 168 * time.Hour, MaxRecord: 10 << 20},
		Delivery:  pipeline.Delivery{Buffer: pipeline.Buffer{Size: 16 << 20, Interval: 500 * time.Millisecond}, Format: format.Config{Format: "parquet", Compression: "zstd"}},
		Lake:      "s3://bucket/some/prefix?region=eu-central-1",
		Warehouse: "/var/lib/shop.duckdb",
		AWS:       pipeline.AWS{Buffer: pipeline.Buffer{Size: 128 << 20, Interval: 15 * time.Minute}, Capacity: pipeline.OnDemand, Notify: "ops@example.com"},
		Listen:    pipeline.Listen{Kinesis: "0.0.0.0:4600", HTTP: "[::1]:0"},
		TLS:       pipeline.TLS{Cert: filepath.Join(dir, "tls/server.crt"), Key: filepath.Join(dir, "tls/server.key")},
		AccessKeys: []pipeline.AccessKey{
			{ID: "SHOP", Secret: "hidden"}, {ID: "OTHER", Secret: "in a file"},
		},
		Access: access.Rules{
			Users: []access.User{{Identity: access.Identity{Name: "anna@example.org", Role: access.Operator}}},
			Tokens: []access.Token{
				{Identity: access.Identity{Name: "wall", Role: access.Viewer}, Secret: "hidden-0123456789"},
				{Identity: access.Identity{Name: "prometheus", Role: access.Operator}, Secret: "in-a-file-0123456789"},
			},
		},
		Limits: pipeline.Limits{
			Backlog: 100_000_000_000, DiskReserve: 2 << 30, QueryMemory: 1 << 30, QueryTemp: 0,
			QueryTimeout: 90 * time.Second, QueryRows: 10_000,
		},
		Alarms: pipeline.Alarms{
			Webhook:   pipeline.Webhook{URL: "https://hooks.example.com/hidden", Format: pipeline.WebhookJSON},
			Freshness: 10 * time.Second, Quarantine: 0.005, Window: time.Minute, Disk: 4 << 30, Failing: time.Minute,
		},
	}
	if d := cmp.Diff(want, p, ignore, cmpopts.IgnoreUnexported(access.Hash{})); d != "" {
		t.Error(d)
	}
	printed := fmt.Sprintf("%v %+v %#v %v %+v %#v", p.AccessKeys, p.AccessKeys, p.AccessKeys, p.Access, p.Access, p.Access) +
		fmt.Sprintf("%v %+v %#v", p.Alarms, p.Alarms, p.Alarms)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", p.AccessKeys[0], "webhook", p.Alarms.Webhook)
	if strings.Contains(printed+log.String(), "hidden") {
		t.Errorf("a secret is printed: %s %s", printed, log.String())
	}
}

// TestLoadWithoutSecrets: what writes a template needs no secret, and still hears of faults in the file.
func TestLoadWithoutSecrets(t *testing.T) {
	const text = `
stream:    {name: s}
warehouse: snowflake://LOADER@org-account/SHOP/RAW?stage=LAKE&key_env=NOT_SET_ANYWHERE
listen:    {tls: {cert: absent.crt, key: absent.key}}
access_keys:
  - {id: SHOP, secret_env: NOT_SET_ANYWHERE}
  - {id: OTHER, secret_file: absent.secret}
access:
  users:
    - {name: anna, role: operator, password_hash_env: NOT_SET_ANYWHERE}
    - {name: otto, role: viewer, password_hash_file: absent.hash}
  tokens:
    - {name: wall, role: viewer, secret_env: NOT_SET_ANYWHERE}
    - {name: door, role: viewer, secret_file: absent.token}
alarms: {webhook: {url: "${NOT_SET_ANYWHERE}", format: json}}
`
	dir := folder(t, map[string]string{"pipeline.yaml": text})
	if _, err := pipeline.Load(dir); err == nil || strings.Count(err.Error(), "\n") != 9 {
		t.Errorf("with secrets: %v", err)
	}
	p, err := pipeline.LoadWithoutSecrets(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.AccessKeys) != 2 || len(p.Access.Users) != 2 || len(p.Access.Tokens) != 2 || p.Snowflake == nil || p.Snowflake.Key != nil || p.Alarms.Webhook.URL != "" {
		t.Errorf("%+v", p)
	}
	t.Setenv("NOT_SET_ANYWHERE", "a secret of 16 chars")
	if p, err = pipeline.LoadWithoutSecrets(dir); err != nil || p.AccessKeys[0].Secret != "" || p.Access.Tokens[0].Secret != "" {
		t.Errorf("a secret was read though it is there: %v", err)
	}
	dir = folder(t, map[string]string{"pipeline.yaml": "stream: {name: s}\naccess_keys: [{id: A, secret: hush}, {id: A}]\n"})
	if _, err := pipeline.LoadWithoutSecrets(dir); err == nil || !strings.Contains(err.Error(), "a secret is written in the pipeline file") || !strings.Contains(err.Error(), "has no secret") {
		t.Errorf("faults of the file: %v", err)
	}
}

func TestPlacesOfLakeAndWarehouse(t *testing.T) {
	for line, want := range map[string][2]string{
		"lake: folder\nwarehouse: duckdb":     {pipeline.InsideData, pipeline.InsideData},
		"lake: /srv/lake":                     {"/srv/lake", ""},
		"lake: file:///srv/lake":              {"file:///srv/lake", ""},
		"lake: s3://bucket":                   {"s3://bucket", ""},
		"warehouse: duckdb:///a%20b/x.duckdb": {"", "/a b/x.duckdb"},
	} {
		p, err := load(t, "stream: {name: s}\n"+line+"\n")
		if err != nil || p.Lake != want[0] || p.Warehouse != want[1] {
			t.Errorf("%s: %+v, %v", line, p, err)
		}
	}
}

func TestMayListen(t *testing.T) {
	open, err := load(t, "stream: {name: s}\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("S", "0123456789abcdef")
	keyed, err := load(t, "stream: {name: s}\naccess_keys: [{id: A, secret_env: S}]\n")
	if err != nil {
		t.Fatal(err)
	}
	known, err := load(t, "stream: {name: s}\naccess: {tokens: [{name: A, role: viewer, secret_env: S}]}\n")
	if err != nil {
		t.Fatal(err)
	}
	for address, own := range map[string]bool{
		"127.0.0.1:4567": true, "localhost:0": true, "[::1]:1": true, "127.8.9.1:1": true, "[::ffff:127.0.0.1]:1": true,
		":4567": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "example.org:1": false,
	} {
		for name, c := range map[string]struct {
			may  error
			want bool
		}{
			"Kinesis, open": {open.MayListenKinesis(address), own}, "HTTP, open": {open.MayListenHTTP(address), own},
			"Kinesis, access keys": {keyed.MayListenKinesis(address), true}, "HTTP, access keys": {keyed.MayListenHTTP(address), own},
			"Kinesis, access": {known.MayListenKinesis(address), own}, "HTTP, access": {known.MayListenHTTP(address), true},
		} {
			if (c.may == nil) != c.want {
				t.Errorf("%s, %s: %v", address, name, c.may)
			}
		}
	}
	for _, address := range []string{"", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "a:b:c"} {
		if keyed.MayListenKinesis(address) == nil || known.MayListenHTTP(address) == nil {
			t.Errorf("%q is no address", address)
		}
	}
}

func TestFoldersThatAreNoPipeline(t *testing.T) {
	dir := t.TempDir()
	if _, err := pipeline.Load(dir); err == nil || !strings.Contains(err.Error(), "-c") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "pipeline.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Load(dir); err == nil {
		t.Error("a folder was read as a file")
	}
}

// A device has no end and a pipe is waited for, so neither is read.
func TestFilesThatNeverEnd(t *testing.T) {
	for _, name := range []string{"pipeline.yaml", "contracts/x.yaml", "secret"} {
		for what, replace := range map[string]func(string) error{
			"a device": func(path string) error { return os.Symlink("/dev/zero", path) },
			"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		} {
			dir := t.TempDir()
			files := map[string]string{
				"pipeline.yaml":    "stream: {name: s}\naccess_keys: [{id: A, secret_file: secret}]\n",
				"contracts/x.yaml": aContract, "secret": "0123456789",
			}
			for file, text := range files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := pipeline.Load(dir); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			if err := errors.Join(os.Remove(path), replace(path)); err != nil {
				t.Fatal(err)
			}
			if _, err := pipeline.Load(dir); err == nil || !strings.Contains(err.Error(), "cannot be read") {
				t.Errorf("%s in the place of %s: %v", what, name, err)
			}
		}
	}
}

// The examples are what people copy, so each must load as it is.
func TestExamplesLoad(t *testing.T) {
	for name, want := range map[string]string{"orders": "orders", "retail": "order_lines"} {
		p, err := pipeline.Load(filepath.Join("../../examples", name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Name != name || p.Contracts.Table(want) == nil {
			t.Errorf("%s has no table %s", p.Name, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("stream: {name: orders}\n")
	f.Add("stream: {name: [a, b], shards: -1}\nlake: s3://\nlisten: {kinesis: :::}\n")
	f.Add("a: &x [*x]\n---\n? b")
	dir := folder(f, map[string]string{})
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.Load(dir)
		if (p == nil) == (err == nil) {
			t.Fatalf("%+v and %v", p, err)
		}
		if err == nil {
			return
		}
		invalid, ok := errors.AsType[*contract.InvalidError](err)
		if !ok {
			t.Fatal(err)
		}
		for _, fault := range invalid.Faults {
			if fault.Line < 1 || fault.Message == "" || fault.Instead == "" {
				t.Errorf("%+v", fault)
			}
		}
	})
}
