package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/test/harness"
)

const secret = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

func TestE2OnlySignedRequestsAreTakenWhenThereAreKeys(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Write("pipeline.yaml", p.Read("pipeline.yaml")+"access_keys: [{id: SHOP, secret_env: SHOP_SECRET}]\n")
	p.Args = []string{"--log-level", "debug"}
	expect(t, up(p), 2, "pipeline.yaml:", "SHOP_SECRET") // the variable is not set
	p.Env = []string{"SHOP_SECRET=" + secret}
	p.Start()

	send := func(id, key string, n int) error {
		client := p.Client(once, func(o *kinesis.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider(id, key, "")
		})
		_, err := client.PutRecord(context.Background(), &kinesis.PutRecordInput{
			StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: encoded(t, order(n)),
		})
		return err
	}
	expectAPIError(t, send("SHOP", "another secret", 1), "InvalidSignatureException", "")
	expectAPIError(t, send("SHOPS", secret, 1), "UnrecognizedClientException", "")
	if status, answer := rawPost(t, p, "PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"e30="}`); status < 400 || status >= 500 {
		t.Errorf("without a signature: %d %s", status, answer)
	}
	if err := send("SHOP", secret, 1); err != nil {
		t.Errorf("with the right secret: %v", err)
	}

	// The program's own sender signs with what the AWS configuration has.
	unsigned := p.Run("produce", "5", "--data", p.Data)
	expect(t, unsigned, 1, "UnrecognizedClientException")
	p.Env = append(p.Env, "AWS_ACCESS_KEY_ID=SHOP", "AWS_SECRET_ACCESS_KEY="+secret)
	expect(t, p.Run("produce", "5", "--data", p.Data), 0, "Sent 5")
	expectLedger(t, p, 6, 0, 0)
	p.Env = p.Env[:1]

	for _, pid := range append(harness.Children(t, p.PID()), p.PID()) {
		if text := proc(t, pid, "cmdline"); contains(text, secret) {
			t.Errorf("the secret is in the command line of process %d", pid)
		}
		if pid != p.PID() && contains(proc(t, pid, "environ"), secret) {
			t.Errorf("the secret is in the environment of the child %d", pid)
		}
	}
	p.Stop()
	if contains([]byte(p.Log()), secret) {
		t.Error("the secret is in the log")
	}
	nowhereIn(t, p.Data, secret)
}

func proc(t *testing.T, pid int, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// nowhereIn fails if a file below dir holds the text.
func nowhereIn(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if contains(body, text) {
			t.Errorf("%q is in %s", text, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
