package aws

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/deploy"
	"github.com/penstock/penstock/test/harness"
)

func example(t *testing.T, name string) string {
	return filepath.Join(harness.Root(t), "examples", name)
}

func TestSynthPrintsTheTemplateAndNothingElse(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.env = slices.DeleteFunc(w.env, func(v string) bool { return strings.HasPrefix(v, "AWS_") }) // neither keys nor a region
	for _, name := range []string{"orders", "retail"} {
		start := time.Now()
		first := w.run("", "aws", "synth", "-c", example(t, name))
		if first.code != 0 || first.errOut != "" || !json.Valid([]byte(first.out)) || !strings.Contains(first.out, "AWS::KinesisFirehose::DeliveryStream") {
			t.Fatalf("%s: exit %d, %q", name, first.code, first.errOut)
		}
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("%s took %s", name, took)
		}
		if name == "orders" {
			if again := w.run("", "aws", "synth", "-c", example(t, name)); again.out != first.out {
				t.Error("the same pipeline has another template")
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(strings.TrimPrefix(w.env[2], "TMPDIR="), "penstock-aws-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSynthNeedsNoSecretAndTellsNone(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	const secret = "hush-0123456789-hush"
	text, err := os.ReadFile(filepath.Join(example(t, "orders"), "contracts", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w.write("pipeline/contracts/orders.yaml", string(text))
	w.write("pipeline/pipeline.yaml", "stream: {name: orders}\naccess_keys: [{id: SHOP, secret_env: SYNTH_SECRET}]\n"+
		"access: {tokens: [{name: wall, role: viewer, secret_file: token}]}\nalarms: {webhook: {url: \"${SYNTH_SECRET}\"}}\n")
	without := w.run("", "aws", "synth", "-c", "pipeline")
	if without.code != 0 || !json.Valid([]byte(without.out)) {
		t.Fatalf("exit %d, %s", without.code, without.errOut)
	}
	w.env = append(w.env, "SYNTH_SECRET="+secret)
	w.write("pipeline/token", secret)
	if with := w.run("", "aws", "synth", "-c", "pipeline"); with.code != 0 || with.out != without.out {
		t.Errorf("exit %d, another template where the secrets are known", with.code)
	}
}

func TestSynthNamesStackAccountAndRegion(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.write(".env", "CDK_STACK=Shop\nCDK_ACCOUNT="+account+"\nCDK_REGION="+region+"\n")
	if r := w.run("", "aws", "synth", "-c", example(t, "orders")); r.code != 0 || !json.Valid([]byte(r.out)) {
		t.Errorf("exit %d, %s", r.code, r.errOut)
	}
	if r := w.run("", "aws", "synth", "-c", example(t, "orders"), "--account", "1"); r.code != 2 || !strings.Contains(r.errOut, "twelve digits") {
		t.Errorf("exit %d, %s", r.code, r.errOut)
	}
	if r := w.run("", "aws", "synth", "-c", w.dir); r.code != 2 || !strings.Contains(r.errOut, "pipeline.yaml") {
		t.Errorf("exit %d, %s", r.code, r.errOut)
	}
}

func TestWithoutNodeItIsSaidWhatToInstall(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.env[0] = "PATH=" + t.TempDir()
	if r := w.run("", "aws", "synth", "-c", example(t, "orders")); r.code != 1 || r.out != "" || !strings.Contains(r.errOut, "nodejs.org") {
		t.Errorf("exit %d, %q, %s", r.code, r.out, r.errOut)
	}
}

// fakeDeploy writes outputs where it is told to, as the CDK does.
const fakeDeploy = `[ "$3" = deploy ] || exit 0
ls "$5" >&2
cat >"$7" <<'END'
{"Shop": {"lambdaFunctionName": "f", "s3BucketName": "the-lake", "kinesisDataStreamName": "orders", "kinesisFirehoseDeliveryStreamName": "d"}}
END`

func TestDeployHandsTheAssemblyToTheCDK(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.fakeNpx(fakeDeploy)
	w.profile("team", "aws_access_key_id = test\naws_secret_access_key = not-a-secret\nregion = us-west-2")
	w.write(".env", "CDK_STACK=Shop\nCDK_REGION="+region+"\n")
	r := w.run("", "aws", "deploy", "-c", example(t, "orders"), "--yes", "--profile", "team")
	if r.code != 0 || !strings.Contains(r.out, "put events into the stream orders") || !strings.Contains(r.out, "2m30s") {
		t.Fatalf("exit %d\n%s\n%s", r.code, r.out, r.errOut)
	}
	call := strings.Fields(w.calls()[0])
	want := []string{"--yes", deploy.CDKPackage, "deploy", "--app", call[4], "--outputs-file", filepath.Join(w.dir, "outputs.json"),
		"--require-approval", "never", "--progress", "events", "Shop", "--profile", "team"}
	if !slices.Equal(call, want) {
		t.Errorf("called with %v", call)
	}
	if !strings.Contains(r.errOut, "Shop.template.json") || !strings.Contains(r.errOut, "asset.") {
		t.Errorf("the assembly holds\n%s", r.errOut)
	}
	if _, err := os.Stat(call[4]); err == nil {
		t.Error("the assembly is still there")
	}
	if r := w.run("", "aws", "diff", "-c", example(t, "orders")); r.code != 0 || !strings.Contains(w.calls()[1], CDKDiff) {
		t.Errorf("exit %d, %s", r.code, w.calls()[1])
	}
	if strings.Contains(r.out+r.errOut, "not-a-secret") {
		t.Error("a secret was printed")
	}
}

// CDKDiff is what a diff's call contains.
const CDKDiff = deploy.CDKPackage + " diff --app "

func TestAFailedDeploymentSaysSo(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.fakeNpx("echo 'no credentials' >&2; exit 1")
	if r := w.run("", "aws", "deploy", "-c", example(t, "orders"), "--region", region); r.code != 1 || !strings.Contains(r.errOut, "`cdk deploy` failed") || !strings.Contains(r.errOut, "aws sso login") {
		t.Errorf("exit %d, %s", r.code, r.errOut)
	}
	if !strings.Contains(w.calls()[0], "--require-approval broadening") {
		t.Errorf("without --yes: %s", w.calls()[0])
	}
}

// The CDK would take us-east-1, and say nothing.
func TestNothingIsDeployedWhereNobodySaid(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.fakeNpx(fakeDeploy)
	for _, command := range []string{"deploy", "diff", "destroy"} {
		if r := w.run("PipelineStack\n", "aws", command, "-c", example(t, "orders")); r.code != 2 || len(w.calls()) != 0 || !strings.Contains(r.errOut, "names no region") {
			t.Errorf("%s: exit %d, %v\n%s", command, r.code, w.calls(), r.errOut)
		}
	}
	w.profile("home", "aws_access_key_id = test\naws_secret_access_key = not-a-secret\nregion = eu-west-1")
	w.fakeNpx(`echo "AWS_REGION=$AWS_REGION" >&2`)
	if r := w.run("", "aws", "diff", "-c", example(t, "orders"), "--profile", "home"); r.code != 0 || !strings.Contains(r.errOut, "AWS_REGION=eu-west-1") {
		t.Errorf("exit %d\n%s", r.code, r.errOut)
	}
	if r := w.run("", "aws", "diff", "-c", example(t, "orders"), "--profile", "nobody"); r.code != 2 || !strings.Contains(r.errOut, "nobody") {
		t.Errorf("exit %d\n%s", r.code, r.errOut)
	}
}

func TestDestroyAsksByTheStacksNameAndNamesWhatStays(t *testing.T) {
	needsParts(t)
	w := newWorld(t, nil)
	w.fakeNpx("")
	w.write("outputs.json", outputs())
	for _, answer := range []string{"", "yes\n", "pipelinestack\n"} {
		r := w.run(answer, "aws", "destroy", "-c", example(t, "orders"))
		if r.code != 1 || len(w.calls()) != 0 || !strings.Contains(r.errOut, "nothing was done") || !strings.Contains(r.errOut, "pipelinestack-lake-1 with all its data, and the key") {
			t.Fatalf("%q: exit %d, %v\n%s", answer, r.code, w.calls(), r.errOut)
		}
	}
	r := w.run("PipelineStack\n", "aws", "destroy", "-c", example(t, "orders"))
	if r.code != 0 || len(w.calls()) != 1 || !strings.Contains(w.calls()[0], " destroy --app ") || !strings.Contains(r.out, "What stays: the lake's bucket pipelinestack-lake-1") {
		t.Errorf("exit %d, %v\n%s", r.code, w.calls(), r.out+r.errOut)
	}
}
