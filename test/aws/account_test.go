package aws

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestBootstrapPrintsThePoliciesThenMakesThem(t *testing.T) {
	m := startMoto(t)
	w := newWorld(t, m)
	w.fakeNpx("")
	client := iam.NewFromConfig(m.config())
	args := []string{"aws", "bootstrap", "-c", example(t, "orders"), "--region", region}
	r := w.run("no\n", args...)
	if r.code != 1 || !strings.Contains(r.out, "sts:AssumeRole") || !strings.Contains(r.out, "stream/orders") || len(w.calls()) != 0 {
		t.Fatalf("exit %d, %v\n%s", r.code, w.calls(), r.out+r.errOut)
	}
	if _, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("penstock-deploy-PipelineStack")}); err == nil {
		t.Fatal("the role was made without a yes")
	}
	for range 3 { // it may be run again, more often than a policy has versions to spare
		if r := w.run("yes\n", args...); r.code != 0 {
			t.Fatalf("exit %d\n%s", r.code, r.errOut)
		}
	}
	if r := w.run("", append(args, "--yes", "--stack", "Second")...); r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.errOut)
	}
	role, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("penstock-deploy-PipelineStack")})
	if err != nil || !strings.Contains(*role.Role.AssumeRolePolicyDocument, account) {
		t.Errorf("%+v, %v", role, err)
	}
	keys, err := client.ListUsers(t.Context(), &iam.ListUsersInput{})
	if err != nil || len(keys.Users) != 0 {
		t.Errorf("users were made: %+v, %v", keys, err)
	}
	last := w.calls()[len(w.calls())-1]
	for _, want := range []string{
		"bootstrap aws://" + account + "/" + region, "--qualifier penstock", "--toolkit-stack-name PenstockToolkit",
		":policy/penstock/execution/PipelineStack-" + region, ":policy/penstock/execution/Second-" + region,
	} {
		if !strings.Contains(last, want) {
			t.Errorf("%q is not in %s", want, last)
		}
	}
}

// Each call would fail for the same reason, six of them in status.
func TestWithoutCredentialsThatIsSaidOnceAndWhatToDo(t *testing.T) {
	w := newWorld(t, nil)
	w.env = slices.DeleteFunc(w.env, func(v string) bool { return strings.HasPrefix(v, "AWS_ACCESS") || strings.HasPrefix(v, "AWS_SECRET") })
	w.write("outputs.json", outputs())
	w.profile("expired", "region = "+region+"\nsso_session = team\nsso_account_id = "+account+"\nsso_role_name = dev\n"+
		"[sso-session team]\nsso_region = "+region+"\nsso_start_url = http://127.0.0.1:1/start")
	for _, args := range [][]string{
		{"aws", "status"}, {"aws", "tail"}, {"aws", "bootstrap", "-c", example(t, "orders"), "--region", region},
		{"produce", "1", "--outputs", "outputs.json"}, {"redrive", "-c", example(t, "orders"), "--outputs", "outputs.json"},
	} {
		for _, more := range [][]string{nil, {"--profile", "expired"}} {
			r := w.run("", append(args, more...)...)
			if r.code != 1 || r.out != "" || strings.Count(r.errOut, "there are no AWS credentials, or they have expired") != 1 || !strings.Contains(r.errOut, "aws sso login") {
				t.Errorf("%v %v: exit %d\n%s%s", args, more, r.code, r.out, r.errOut)
			}
		}
	}
}

func TestBootstrapForTokensNeedsToKnowWhose(t *testing.T) {
	w := newWorld(t, nil)
	provider := "arn:aws:iam::" + account + ":oidc-provider/token.actions.githubusercontent.com"
	for _, args := range [][]string{
		{"--oidc-provider", provider}, {"--oidc-subject", "repo:a/b:*"}, {"--oidc-provider", provider, "--oidc-subject", "*"},
		{"--oidc-provider", "github", "--oidc-subject", "repo:a/b:*"}, {"--stack", strings.Repeat("s", 25)},
	} {
		if r := w.run("", append([]string{"aws", "bootstrap", "-c", example(t, "orders"), "--region", region}, args...)...); r.code != 2 {
			t.Errorf("%v: exit %d, %s", args, r.code, r.errOut)
		}
	}
}

func TestAnotherAccountsCredentialsAreRefused(t *testing.T) {
	w := newWorld(t, startMoto(t))
	r := w.run("", "aws", "bootstrap", "-c", example(t, "orders"), "--region", region, "--account", "999999999999")
	if r.code != 2 || !strings.Contains(r.errOut, "of account "+account+", not 999999999999") {
		t.Errorf("exit %d, %s", r.code, r.errOut)
	}
}

func TestDeleteDataAsksTwiceAndDeletesEveryVersion(t *testing.T) {
	needsParts(t)
	m := startMoto(t)
	w := newWorld(t, m)
	w.fakeNpx("")
	w.write("outputs.json", outputs())
	lake := s3.NewFromConfig(m.config())
	bucket := aws.String("pipelinestack-lake-1")
	makeBucket(t, lake)
	if _, err := lake.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		put(t, lake, "data/orders/a.csv.gz", []byte(text))
	}
	if _, err := lake.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("data/orders/a.csv.gz")}); err != nil {
		t.Fatal(err)
	}
	put(t, lake, "errors/b", nil)
	args := []string{"aws", "destroy", "-c", example(t, "orders"), "--delete-data"}
	if r := w.run("PipelineStack\nPipelineStack\n", args...); r.code != 1 || len(w.calls()) != 0 {
		t.Fatalf("exit %d, %v\n%s", r.code, w.calls(), r.errOut)
	}
	if r := w.run("PipelineStack\npipelinestack-lake-1\n", args...); r.code != 0 || !strings.Contains(r.out, "The key that encrypted it stays") {
		t.Fatalf("exit %d\n%s", r.code, r.out+r.errOut)
	}
	if _, err := lake.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: bucket}); err == nil {
		t.Error("the bucket is still there")
	}
}
