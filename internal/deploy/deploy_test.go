package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/pipeline"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFlagsComeBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	write(t, file, "# where\nexport CDK_STACK='FileStack'\nCDK_ACCOUNT = \"111111111111\" \nCDK_REGION=eu-west-1 # home\nAWS_SECRET_ACCESS_KEY=nothing-of-ours\nCDK_OTHER=1\n")
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		flags Environment
		env   map[string]string
		file  string
		want  Environment
	}{
		"nothing":     {Environment{}, nil, "", Environment{Stack: "PipelineStack"}},
		"file":        {Environment{}, nil, file, Environment{Stack: "FileStack", Account: "111111111111", Region: "eu-west-1"}},
		"environment": {Environment{}, map[string]string{"CDK_STACK": "EnvStack", "CDK_REGION": "us-east-2"}, file, Environment{Stack: "EnvStack", Account: "111111111111", Region: "us-east-2"}},
		"flags": {Environment{Stack: "Flag", Region: "ap-south-1", Profile: "p"}, map[string]string{"CDK_STACK": "EnvStack", "CDK_REGION": "us-east-2"}, file,
			Environment{Stack: "Flag", Account: "111111111111", Region: "ap-south-1", Profile: "p"}},
		"no such file": {Environment{}, nil, file + "x", Environment{Stack: "PipelineStack"}},
	} {
		getenv := none
		if c.env != nil {
			getenv = func(name string) string { return c.env[name] }
		}
		if got, err := ReadEnvironment(c.flags, getenv, c.file); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestWhatCannotBeAStackAccountOrRegionIsRefused(t *testing.T) {
	for _, e := range []Environment{
		{Stack: "1Stack"}, {Stack: "my stack"}, {Stack: strings.Repeat("s", 129)}, {Account: "12345678901"}, {Account: "1234567890123"},
		{Region: "Frankfurt"}, {Region: "eu-central"}, {Region: "--profile"},
	} {
		if got, err := ReadEnvironment(e, func(string) string { return "" }, ""); err == nil {
			t.Errorf("%+v was taken as %+v", e, got)
		}
	}
	if _, err := ReadEnvironment(Environment{Stack: strings.Repeat("s", 128)}, func(string) string { return "" }, ""); err != nil {
		t.Error(err)
	}
	if _, err := ReadEnvironment(Environment{}, func(string) string { return "" }, t.TempDir()); err == nil {
		t.Error("a folder was read as a file")
	}
}

func TestPartsAreFoundBesideTheProgramThenInLibexec(t *testing.T) {
	root := t.TempDir()
	executable := filepath.Join(root, "bin", "penstock")
	write(t, executable, "")
	if _, err := FindParts(executable); err == nil || !strings.Contains(err.Error(), "make aws") {
		t.Errorf("nothing is there: %v", err)
	}
	libexec := filepath.Join(root, "libexec", "penstock")
	write(t, filepath.Join(libexec, "penstock-aws"), "")
	if _, err := FindParts(executable); err == nil || !strings.Contains(err.Error(), "transformer/bootstrap") {
		t.Errorf("the transformer is missing: %v", err)
	}
	write(t, filepath.Join(libexec, "transformer", "bootstrap"), "")
	write(t, filepath.Join(root, "bin", "penstock-aws"), "")
	parts, err := FindParts(executable)
	if err != nil || parts.App != filepath.Join(root, "bin", "penstock-aws") || parts.Bootstrap != filepath.Join(libexec, "transformer", "bootstrap") {
		t.Errorf("%+v, %v", parts, err)
	}
	link := filepath.Join(t.TempDir(), "penstock")
	if err := os.Symlink(executable, link); err != nil {
		t.Fatal(err)
	}
	if _, err := FindParts(link); err != nil {
		t.Errorf("by a link: %v", err)
	}
}

// tree is a folder as text: names, modes, times and contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		var content []byte
		if !entry.IsDir() {
			content, err = os.ReadFile(path)
		}
		sum := sha256.Sum256(content)
		name, _ := filepath.Rel(dir, path)
		lines = append(lines, fmt.Sprintf("%s %s %s %s", filepath.ToSlash(name), info.Mode(), info.ModTime().UTC().Format(time.RFC3339), hex.EncodeToString(sum[:4])))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// Whoever may look at a function may download its zip: a new file in it is a decision.
func TestTheCodeIsTheProgramAndTheContractsAndNothingElse(t *testing.T) {
	source := filepath.Join(t.TempDir(), "a[1]*") // a name that is no pattern
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	write(t, bootstrap, "program")
	for _, name := range []string{
		"pipeline.yaml", "contracts/orders.yaml", "contracts/returns.yaml", "contracts/.#orders.yaml", "contracts/.hidden.yaml",
		"contracts/notes.txt", "contracts/sub/x.yaml", "dashboards/orders.yaml", ".env", "data/secret", "users.yaml",
	} {
		write(t, filepath.Join(source, name), name+" password_hash: $argon2id$ https://hooks.example.com/token")
	}
	if err := os.Symlink("nobody@nowhere", filepath.Join(source, "contracts", ".#returns.yaml")); err != nil { // an editor's lock
		t.Fatal(err)
	}
	first, second := t.TempDir(), t.TempDir()
	if err := BuildCode(first, bootstrap, source); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	for _, touched := range []string{filepath.Join(source, "contracts", "orders.yaml"), bootstrap} {
		if err := os.Chtimes(touched, later, later); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(touched, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := BuildCode(second, bootstrap, source); err != nil {
		t.Fatal(err)
	}
	a, b := tree(t, first), tree(t, second)
	if a != b {
		t.Errorf("touching files is a change:\n%s\n\n%s", a, b)
	}
	const want = `. drwxr-xr-x 1980-01-01T00:00:00Z e3b0c442
bootstrap -rwxr-xr-x 1980-01-01T00:00:00Z 1310ca2c
contracts drwxr-xr-x 1980-01-01T00:00:00Z e3b0c442
contracts/orders.yaml -rw-r--r-- 1980-01-01T00:00:00Z efb5fb84
contracts/returns.yaml -rw-r--r-- 1980-01-01T00:00:00Z 31f5a2d2`
	if a != want {
		t.Errorf("the code is\n%s\n\nand should be\n%s", a, want)
	}
}

func TestCodeWithoutAContractIsRefused(t *testing.T) {
	source, bootstrap := t.TempDir(), filepath.Join(t.TempDir(), "bootstrap")
	write(t, bootstrap, "program")
	write(t, filepath.Join(source, "contracts", "orders.yml"), "table: orders")
	if err := BuildCode(t.TempDir(), bootstrap, source); err == nil || !strings.Contains(err.Error(), ".yml") {
		t.Errorf("a contract that the function would not read was left out: %v", err)
	}
}

// fakeNpx puts an npx on PATH that records how it was called, and ends with code.
func fakeNpx(t *testing.T, code int) (record string) {
	t.Helper()
	dir := t.TempDir()
	record = filepath.Join(dir, "record")
	script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$*\" >>%s\nprintf 'AWS_REGION=%%s\\n' \"$AWS_REGION\" >>%s\nexit %d\n", record, record, code)
	write(t, filepath.Join(dir, "npx"), script)
	if err := os.Chmod(filepath.Join(dir, "npx"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return record
}

func TestTheCDKIsCalledWithExactlyTheseArguments(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	c := CDK{Env: Environment{Stack: "Shop", Account: "123456789012", Region: "eu-central-1", Profile: "team"}, Out: io.Discard, Err: io.Discard}
	a := Assembly{Dir: "/out"}
	for want, call := range map[string]func() error{
		"diff --app /out Shop": func() error { return c.Diff(t.Context(), a) },
		"deploy --app /out --outputs-file o.json --require-approval broadening --progress events Shop": func() error { return c.Deploy(t.Context(), a, "o.json", false) },
		"deploy --app /out --outputs-file o.json --require-approval never --progress events Shop":      func() error { return c.Deploy(t.Context(), a, "o.json", true) },
		"destroy --app /out --force Shop": func() error { return c.Destroy(t.Context(), a) },
		"bootstrap aws://123456789012/eu-central-1 --qualifier penstock --toolkit-stack-name PenstockToolkit --cloudformation-execution-policies arn:1 --cloudformation-execution-policies arn:2": func() error { return c.Bootstrap(t.Context(), []string{"arn:1", "arn:2"}) },
	} {
		record := fakeNpx(t, 0)
		if err := call(); err != nil {
			t.Error(err)
		}
		got, err := os.ReadFile(record)
		if want := "--yes " + CDKPackage + " " + want + " --profile team\nAWS_REGION=eu-central-1\n"; err != nil || string(got) != want {
			t.Errorf("called with\n%s; want\n%s", got, want)
		}
	}
}

func TestAFailingCDKFailsTheCommand(t *testing.T) {
	fakeNpx(t, 3)
	if err := (CDK{Env: Environment{Stack: "S"}}).Diff(t.Context(), Assembly{}); err == nil || !strings.Contains(err.Error(), "cdk diff") {
		t.Error(err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := (CDK{}).Diff(t.Context(), Assembly{}); err == nil || !strings.Contains(err.Error(), "nodejs.org") {
		t.Error(err)
	}
	if _, err := Synth(context.Background(), Parts{}, ".", Environment{}); err == nil || !strings.Contains(err.Error(), "nodejs.org") {
		t.Error(err)
	}
}

func TestANodeThatIsTooOldIsNamed(t *testing.T) {
	for version, want := range map[string]string{"v18.20.4": "Node.js is v18.20.4", "v8.1.0": "Node.js is v8.1.0", "v20.0.0": "", "v26.1.0": "", "nonsense": ""} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "node"), "#!/bin/sh\necho "+version+"\n")
		if err := os.Chmod(filepath.Join(dir, "node"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir)
		if err := needsNode(t.Context()); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func target() Target {
	return Target{
		Environment: Environment{Stack: "Shop", Account: "123456789012", Region: "eu-central-1"}, Partition: "aws",
		Pipeline: &pipeline.Pipeline{Name: "a folder", Stream: pipeline.Stream{Name: "orders"}},
	}
}

type document struct{ Statement []statementOf }

type statementOf struct {
	Sid       string
	Action    any
	Resource  any
	Principal any
	Condition map[string]map[string]any
}

func parse(t *testing.T, text string) (d document) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// Whoever deploys may act as three roles and look at two things, and can read or change nothing else.
func TestTheDeployRoleMayDoNothingButDeploy(t *testing.T) {
	var actions []string
	for _, s := range parse(t, target().DeployPolicy()).Statement {
		switch a := s.Action.(type) {
		case string:
			actions = append(actions, a)
		case []any:
			for _, one := range a {
				actions = append(actions, one.(string))
			}
		}
		if fmt.Sprint(s.Resource) == "*" {
			t.Errorf("%s is about everything", s.Sid)
		}
	}
	if want := []string{"sts:AssumeRole", "ssm:GetParameter", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"}; !slices.Equal(actions, want) {
		t.Errorf("it may %v; want %v", actions, want)
	}
}

func TestWhoMayDeploy(t *testing.T) {
	account := target().TrustPolicy(Trust{})
	if !strings.Contains(account, `"AWS": "arn:aws:iam::123456789012:root"`) || strings.Contains(account, "Federated") {
		t.Error(account)
	}
	oidc := parse(t, target().TrustPolicy(Trust{OIDCProvider: "arn:aws:iam::123456789012:oidc-provider/token.example.com/x", OIDCSubject: "repo:team/shop:*"}))
	s := oidc.Statement[0]
	if s.Action != "sts:AssumeRoleWithWebIdentity" || s.Condition["StringEquals"]["token.example.com/x:aud"] != "sts.amazonaws.com" ||
		s.Condition["StringLike"]["token.example.com/x:sub"] != "repo:team/shop:*" {
		t.Errorf("%+v", s)
	}
}

// What CloudFormation may touch bears the stack's name, the stream's, or the pipeline's tag.
func TestTheExecutionPolicyStaysWithTheStack(t *testing.T) {
	d := parse(t, target().ExecutionPolicy())
	for _, s := range d.Statement {
		resources, ok := s.Resource.([]any)
		if !ok {
			resources = []any{s.Resource}
		}
		for _, r := range resources {
			text := r.(string)
			own := strings.Contains(text, "Shop-") || strings.Contains(text, "shop-") || strings.HasSuffix(text, "stream/orders") || strings.Contains(text, "penstock")
			tagged := s.Condition["StringEquals"]["aws:ResourceTag/penstock:pipeline"] == "orders" || s.Condition["StringEquals"]["aws:RequestTag/penstock:pipeline"] == "orders"
			// What these reach is bounded otherwise, or harms nothing.
			if named := slices.Contains([]string{"Dashboard", "LogGroupsAreFound", "LogPoliciesAreSeen", "KeyThatIsNew", "KeyOfTheStream"}, s.Sid); !own && !tagged && !named {
				t.Errorf("%s reaches %s", s.Sid, text)
			}
		}
		if s.Action == "*" || fmt.Sprint(s.Action) == "[*]" || strings.Contains(fmt.Sprint(s.Action), "iam:*") {
			t.Errorf("%s may do anything", s.Sid)
		}
	}
	// A managed policy has 6,144 characters at most, white space left out (IAM's quotas).
	longest := Target{
		Environment: Environment{Stack: strings.Repeat("s", MaxBootstrapStack), Account: "123456789012", Region: "us-isob-west-1"},
		Partition:   "aws-us-gov", Pipeline: &pipeline.Pipeline{Stream: pipeline.Stream{Name: strings.Repeat("n", 128)}},
	}
	if compact := strings.Join(strings.Fields(longest.ExecutionPolicy()), ""); len(compact) > 6144 {
		t.Errorf("the policy has %d characters", len(compact))
	}
}

func TestNotes(t *testing.T) {
	tables := func(n int) *contract.Set {
		var sources []contract.Source
		for i := range n {
			sources = append(sources, contract.Source{Name: fmt.Sprintf("contracts/t%d.yaml", i),
				Text: fmt.Appendf(nil, "table: t%d\nmatch: has(event.f%d)\ncolumns:\n  - {name: id, type: bigint}\n", i, i)})
		}
		set, err := contract.Compile(sources)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	base := func(n int) *pipeline.Pipeline {
		return &pipeline.Pipeline{Stream: pipeline.Stream{Retention: 24 * time.Hour, MaxRecord: 1 << 20}, Delivery: pipeline.Delivery{Format: format.Config{Format: format.CSV}}, Contracts: tables(n)}
	}
	for name, c := range map[string]struct {
		file    func() *pipeline.Pipeline
		want    string
		refused bool
	}{
		"nothing":          {func() *pipeline.Pipeline { return base(249) }, "", false},
		"retention":        {func() *pipeline.Pipeline { p := base(1); p.Stream.Retention--; return p }, "retention becomes 24h", false},
		"parquet":          {func() *pipeline.Pipeline { p := base(1); p.Delivery.Format.Format = format.Parquet; return p }, "are CSV", false},
		"record":           {func() *pipeline.Pipeline { p := base(1); p.Stream.MaxRecord++; return p }, "1 MiB is not known", false},
		"half the tables":  {func() *pipeline.Pipeline { return base(250) }, "quota raised", false},
		"all the tables":   {func() *pipeline.Pipeline { return base(499) }, "quota raised", false},
		"one table beyond": {func() *pipeline.Pipeline { return base(500) }, "more partitions", true},
	} {
		notes := Notes(c.file())
		if c.want == "" {
			if len(notes) != 0 {
				t.Errorf("%s: %v", name, notes)
			}
			continue
		}
		if len(notes) != 1 || !strings.Contains(notes[0].String(), c.want) || notes[0].Refused != c.refused {
			t.Errorf("%s: %v", name, notes)
		}
	}
}
