package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/pipeline"
)

// faultsOf loads a folder and returns what is wrong, with the folder's path taken off.
func faultsOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	dir := folder(t, files)
	_, err := pipeline.Load(dir)
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*contract.InvalidError](err); !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return strings.Split(strings.ReplaceAll(err.Error(), dir+"/", ""), "\n")
}

func TestFaultsSayWhereWhatAndWhatToWrite(t *testing.T) {
	const stream = "stream: {name: s}\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "\n", `pipeline.yaml:1: the file is empty; begin with a line such as: stream: {name: orders}`},
		{"comments", "# x\n", `pipeline.yaml:1: the file has nothing but comments; begin with a line such as: stream: {name: orders}`},
		{"not a mapping", "- a\n", `pipeline.yaml:1: the file is not a pipeline; begin with a line such as: stream: {name: orders}`},
		{"not YAML", "stream: {name: s\nlake: folder\n", `pipeline.yaml:2: this is not YAML: `},
		{"two documents", stream + "---\na: b\n", `pipeline.yaml:2: the file holds a second document; give each pipeline a folder of its own`},
		{"anchors", "stream: &x {name: s}\n", `pipeline.yaml:1: YAML anchors and aliases (&name, *name) are not supported here; write the value out, or put it in quotes`},
		{"no stream", "lake: folder\n", `pipeline.yaml:1: the pipeline has no stream; add a line such as: stream: {name: orders}`},
		{"no name", "stream: {shards: 2}\n", `pipeline.yaml:1: the stream has no name; write it like this: stream: {name: orders, shards: 1, retention: 24h}`},
		{"stream is text", "stream: orders\n", `pipeline.yaml:1: stream is not a mapping; write it like this: stream: {name: orders, shards: 1, retention: 24h}`},
		{"bad name", "stream: {name: my orders}\n", `pipeline.yaml:1: "my orders" cannot be a stream's name; use 1 to 128 letters, digits, and _ . -`},
		{"misspelled", "steam: {name: s}\n", `pipeline.yaml:1: a pipeline file has no word "steam"; did you mean "stream"?`},
		{"misspelled inside", "stream: {naem: s, shard: 2}\n", "pipeline.yaml:1: stream has no word \"naem\"; did you mean \"name\"?\npipeline.yaml:1: stream has no word \"shard\"; did you mean \"shards\"?"},
		{"other style", "stream: {name: s, maxRecord: 2MiB}\n", `pipeline.yaml:1: stream has no word "maxRecord"; did you mean "max_record"?`},
		{"unknown", stream + "kafka: yes\n", `pipeline.yaml:2: a pipeline file has no word "kafka"; write one of stream, delivery, lake, warehouse, aws, listen, access_keys, access, limits, alarms`},
		{"twice", stream + "lake: folder\nlake: /x\n", `pipeline.yaml:3: "lake" is written twice, first in line 2; keep one of them`},
		{"no value", "stream: {name: }\n", `pipeline.yaml:1: the stream's name has no value; write one behind the colon, or leave the line out`},
		{"list", "stream: {name: [a]}\n", `pipeline.yaml:1: the stream's name is one value, not a list or mapping; write the value behind the colon`},
		{"shards", "stream: {name: s, shards: 0}\n", `pipeline.yaml:1: shards is "0"; write a whole number from 1 to 200`},
		{"retention", "stream: {name: s, retention: 400d}\n", `pipeline.yaml:1: retention is 400d; write a duration from 1m to 365d`},
		{"no unit", "stream: {name: s, retention: 24}\n", `pipeline.yaml:1: retention is "24", which is not a duration; write a number with a unit, such as 500ms, 1s, 24h or 7d`},
		{"large record", "stream: {name: s, max_record: 11MiB}\n", `pipeline.yaml:1: max_record is 11MiB; write a size from 1MiB to 10MiB`},
		{"size", stream + "delivery: {buffer: {size: 100}}\n", `pipeline.yaml:2: the buffer's size is "100", which is not a size; write a number with a unit, such as 1MiB, 64MiB or 10GB`},
		{"interval", stream + "delivery: {buffer: {interval: -1s}}\n", `pipeline.yaml:2: the buffer's interval is "-1s", which is not a duration; `},
		{"format", stream + "delivery: {format: cvs}\n", `pipeline.yaml:2: format is "cvs", which does not exist; did you mean "csv"?`},
		{"compression", stream + "delivery: {compression: lz4}\n", `pipeline.yaml:2: compression is "lz4", which does not exist; write gzip or zstd or none or snappy`},
		{"snappy csv", stream + "delivery:\n  compression: snappy\n", `pipeline.yaml:3: compression snappy does not exist for csv; write gzip, zstd or none; snappy is for parquet`},
		{"relative lake", stream + "lake: lake\n", `pipeline.yaml:2: lake is "lake"; write folder, /a/path, file:///a/path or s3://bucket/prefix`},
		{"misspelled lake", stream + "lake: foldr\n", `pipeline.yaml:2: lake is "foldr"; did you mean "folder"?`},
		{"two slashes", stream + "lake: file://a/b\n", `pipeline.yaml:2: lake is "file://a/b", which is not a folder; write file:///a/path, with three slashes`},
		{"no bucket", stream + "lake: s3:///b\n", `pipeline.yaml:2: lake is "s3:///b", which names no bucket; write s3://bucket/prefix`},
		{"other store", stream + "lake: gs://b\n", `pipeline.yaml:2: a lake on gs does not exist; write folder, /a/path, file:///a/path or s3://bucket/prefix`},
		{"secret in the lake", stream + "lake: s3://k:s@b\n", `pipeline.yaml:2: the lake's URL holds credentials; leave them out: they come from the environment or the AWS profile`},
		{"snowflake", stream + "warehouse: snowflake://account/db\n", `pipeline.yaml:2: the warehouse "snowflake://account/db" does not name user, account, database and schema; write snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=WH&role=LOADER&reader=READER&stage=LAKE&key_file=snowflake.p8`},
		{"misspelled warehouse", stream + "warehouse: duckd\n", `pipeline.yaml:2: the warehouse "duckd" does not exist; did you mean "duckdb"?`},
		{"relative warehouse", stream + "warehouse: duckdb://x.db\n", `pipeline.yaml:2: the warehouse "duckdb://x.db" names no file; write duckdb:///a/path/file.duckdb, with three slashes`},
		{"Firehose's floor", stream + "aws: {buffer: {size: 1MiB, interval: 1s}}\n", "pipeline.yaml:2: the buffer's size is 1MiB; write a size from 64MiB to 128MiB\npipeline.yaml:2: the buffer's interval is 1s; write a duration from 1m to 15m"},
		{"capacity", stream + "aws: {capacity: ondemand}\n", `pipeline.yaml:2: capacity is "ondemand", which does not exist; did you mean "on-demand"?`},
		{"mail", stream + "aws: {notify: 'Ops <ops@example.com>'}\n", `pipeline.yaml:2: "Ops <ops@example.com>" is not a mail address; write it like this: notify: ops@example.com`},
		{"open address", stream + "listen:\n  kinesis: 0.0.0.0:4567\n", `pipeline.yaml:2: the address 0.0.0.0:4567 can be reached from other machines, and there is no access key; listen on 127.0.0.1, or add access_keys: [{id: SHOP, secret_env: SHOP_SECRET}]`},
		{"no port", stream + "listen: {http: localhost}\n", `pipeline.yaml:2: the HTTP address is "localhost"; write host:port, such as 127.0.0.1:4567`},
		{"half of TLS", stream + "listen: {tls: {cert: pipeline.yaml}}\n", `pipeline.yaml:2: tls needs both a certificate and its key; write it like this: tls: {cert: server.crt, key: server.key}`},
		{"no file", stream + "listen: {tls: {cert: pipeline.yaml, key: none.key}}\n", `pipeline.yaml:2: the file none.key is not there; write the path of a PEM file, relative to the pipeline's folder`},
		{"keys", stream + "access_keys: {id: A}\n", `pipeline.yaml:2: access_keys is not a list; write it like this: access_keys: [{id: SHOP, secret_env: SHOP_SECRET}]`},
		{"secret in the file", stream + "access_keys:\n  - {id: A, secret: hush}\n", `pipeline.yaml:3: a secret is written in the pipeline file; put it in an environment variable and write secret_env: NAME, or in a file and write secret_file: PATH`},
		{"no secret", stream + "access_keys: [{id: A}]\n", `pipeline.yaml:2: the access key has no secret; add secret_env: NAME or secret_file: PATH`},
		{"no variable", stream + "access_keys: [{id: A, secret_env: NOT_SET_ANYWHERE}]\n", `pipeline.yaml:2: the environment variable NOT_SET_ANYWHERE is not set; set it to the secret`},
		{"no secret file", stream + "access_keys: [{id: A, secret_file: gone}]\n", `pipeline.yaml:2: the file gone cannot be read; `},
		{"secret as a name", stream + "access_keys: [{id: A, secret_env: 'hu/sh'}]\n", `pipeline.yaml:2: secret_env is not the name of an environment variable; write a name such as SHOP_SECRET`},
		{"open HTTP address", stream + "listen:\n  http: 0.0.0.0:80\n", `pipeline.yaml:2: the address 0.0.0.0:80 can be reached from other machines, and there is no access to the HTTP API; listen on 127.0.0.1, or add access: {users: [{name: anna, role: operator, password_hash: "$argon2id$..."}]}`},
		{"no access", stream + "access: {}\n", `pipeline.yaml:2: access lets nobody in; write it like this: access: {users: [{name: anna, role: operator, password_hash: "$argon2id$..."}]}`},
		{"access words", stream + "access: {user: []}\n", `pipeline.yaml:2: access has no word "user"; did you mean "users"?`},
		{"no users", stream + "access: {users: []}\n", `pipeline.yaml:2: users is not a list; write it like this: users: [{name: anna, role: operator, password_hash: "$argon2id$..."}]`},
		{"users of another kind", stream + "access:\n  users: [anna]\n", `pipeline.yaml:3: a user is not a mapping; write it like this: {name: anna, role: operator, password_hash: "$argon2id$..."}`},
		{"a password", stream + "access:\n  users:\n    - {name: a, role: viewer, password: hush}\n", "pipeline.yaml:4: a password is written in the pipeline file; run `penstock hash-password` and write what it prints behind password_hash"},
		{"no password", stream + "access:\n  users:\n    - {name: a, role: viewer}\n", "pipeline.yaml:4: the user has no password; run `penstock hash-password` and write what it prints behind password_hash"},
		{"a password as a hash", stream + "access:\n  users:\n    - name: a\n      role: viewer\n      password_hash: hush\n", "pipeline.yaml:6: this is not an Argon2id hash that is strong enough and not too costly; run `penstock hash-password` and write what it prints"},
		{"two hashes", stream + "access:\n  users:\n    - {name: a, role: viewer, password_hash: '" + aHash + "', password_hash_file: pipeline.yaml}\n", `pipeline.yaml:4: the user has two places for the password's hash; keep password_hash, password_hash_env or password_hash_file`},
		{"role", stream + "access:\n  users:\n    - {name: a, role: admin, password_hash: '" + aHash + "'}\n", `pipeline.yaml:4: the role is "admin", which does not exist; write viewer or operator`},
		{"no role", stream + "access:\n  users:\n    - {name: a, password_hash: '" + aHash + "'}\n", `pipeline.yaml:4: the user has no role; write it like this: {name: anna, role: operator, password_hash: "$argon2id$..."}`},
		{"user name", stream + "access:\n  users:\n    - {name: a b, role: viewer, password_hash: '" + aHash + "'}\n", `pipeline.yaml:4: "a b" cannot be a name; use 1 to 128 letters, digits, and . _ @ + -`},
		{"same user", stream + "access:\n  users:\n    - {name: a, role: viewer, password_hash: '" + aHash + "'}\n    - {name: a, role: viewer, password_hash: '" + aHash + "'}\n", `pipeline.yaml:5: the name a is there twice, first in line 4; give each a name of its own`},
		{"short token", stream + "access:\n  tokens:\n    - {name: a, role: viewer, secret_file: short}\n", "pipeline.yaml:4: the token's secret is not 16 to 4096 printable characters without spaces; make one with `openssl rand -base64 32`"},
		{"token in the file", stream + "access:\n  tokens:\n    - {name: a, role: viewer, secret: 0123456789abcdef}\n", `pipeline.yaml:4: a secret is written in the pipeline file; put it in an environment variable and write secret_env: NAME, or in a file and write secret_file: PATH`},
		{"no token", stream + "access:\n  tokens:\n    - {name: a, role: viewer}\n", `pipeline.yaml:4: the token has no secret; add secret_env: NAME or secret_file: PATH`},
		{"same key", stream + "access_keys:\n  - {id: A, secret_file: pipeline.yaml}\n  - {id: A, secret_file: pipeline.yaml}\n", `pipeline.yaml:4: the access key A is there twice; give each an id of its own`},
		{"alarms", stream + "alarms: {freshness: 4s, lag: 0, quarantine: 1, window: off, ledger: maybe, disk: 1, clock: 2h, failing: 0s}\n",
			"pipeline.yaml:2: freshness is 4s; write a duration from 5s to 24h\n" +
				"pipeline.yaml:2: lag is \"0\"; write a whole number from 1 to 1000000000\n" +
				"pipeline.yaml:2: quarantine is \"1\"; write a share above 0% and below 100%, such as 1% or 0.5%, or off\n" +
				"pipeline.yaml:2: window is \"off\", which is not a duration; write a number with a unit, such as 500ms, 1s, 24h or 7d\n" +
				"pipeline.yaml:2: ledger is \"maybe\", which does not exist; write on or off\n" +
				"pipeline.yaml:2: disk is \"1\", which is not a size; write a number with a unit, such as 1MiB, 64MiB or 10GB\n" +
				"pipeline.yaml:2: clock is 2h; write a duration from 100ms to 1h\n" +
				"pipeline.yaml:2: failing is 0s; write a duration from 1s to 24h"},
		{"webhook's url", stream + "alarms:\n  webhook: {url: https://hooks.example.com/secret}\n", "pipeline.yaml:3: the webhook's url is written in the pipeline file, and it is a secret; put it in an environment variable and write url: ${ALARM_WEBHOOK}, or in a file and write url_file: PATH"},
		{"webhook's url unset", stream + "alarms:\n  webhook: {url: \"${NOT_SET_AT_ALL}\"}\n", "pipeline.yaml:3: the environment variable NOT_SET_AT_ALL is not set; set it to the webhook's URL"},
		{"webhook without url", stream + "alarms:\n  webhook: {format: slak}\n", "pipeline.yaml:3: the webhook's format is \"slak\", which does not exist; did you mean \"slack\"?\npipeline.yaml:3: the webhook has no URL; write it like this: webhook: {url: \"${ALARM_WEBHOOK}\", format: slack}"},
		{"limits", stream + "limits: {backlog: 1MiB, query_timeout: 1ms, query_rows: 0}\n", "pipeline.yaml:2: backlog is 1MiB; write a size from 16MiB to 1EiB\npipeline.yaml:2: query_timeout is 1ms; write a duration from 100ms to 24h\npipeline.yaml:2: query_rows is \"0\"; write a whole number from 1 to 2147483647"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(faultsOf(t, map[string]string{"pipeline.yaml": c.text, "short": "fifteen letters"}), "\n")
			if strings.HasSuffix(c.want, "; ") || strings.HasSuffix(c.want, ": ") {
				if !strings.HasPrefix(got, c.want) {
					t.Errorf("%s\nwant %s...", got, c.want)
				}
				return
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAllFaultsOfAllFilesAtOnce(t *testing.T) {
	got := faultsOf(t, map[string]string{
		"pipeline.yaml":       "stream: {name: s, shards: many}\nlakes: folder\nlimits:\n  backlog: lots\n",
		"contracts/a.yaml":    "table: a\ncolumns:\n  - {name: id, type: bigint}\n  - {name: x, type: bigitn}\n",
		"contracts/b.yaml":    "table: b\n",
		"contracts/notes.md":  "not a contract",
		"contracts/.old.yaml": "not one either: [",
	})
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"pipeline.yaml:1: shards", "pipeline.yaml:2: ", "pipeline.yaml:4: backlog", "contracts/a.yaml:4: ",
		"contracts/b.yaml:1: the contract has no columns",
	} {
		before, after, found := strings.Cut(all, want)
		if !found || strings.Contains(before, "contracts/b") {
			t.Errorf("%q is not there, or out of order:\n%s", want, strings.Join(got, "\n"))
		}
		all = after
	}
}

func TestContractsThatWouldNotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":         {map[string]string{"contracts": ""}, "contracts:1: the pipeline has no contract; "},
		"yml":          {map[string]string{"contracts/x.yml": aContract}, "contracts/x.yml:1: the file's name ends with .yml"},
		"much too big": {map[string]string{"contracts/x.yaml": "#" + strings.Repeat(" x", 1<<20)}, "contracts/x.yaml:1: "},
		"pipeline too big": {map[string]string{"pipeline.yaml": "stream: {name: s}\n#" + strings.Repeat(" x", 1<<20)},
			"pipeline.yaml:1: the file is longer than 1 MiB"},
	} {
		if c.files["pipeline.yaml"] == "" {
			c.files["pipeline.yaml"] = "stream: {name: s}\n"
		}
		if got := faultsOf(t, c.files); len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
