// Package aws drives `penstock aws` and what else the program does with a pipeline on AWS, from outside: against
// moto in place of AWS, and against an npx in place of the CDK's command line that records how it was called.
//
// Nothing here has anything to do with an AWS account.
package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/penstock/penstock/test/harness"
)

const (
	region  = "eu-central-1"
	account = "123456789012" // moto's
)

// moto is moto in server mode, empty.
type moto struct {
	url string
}

func startMoto(t *testing.T) *moto {
	t.Helper()
	return &moto{url: harness.Moto(t)}
}

func (m *moto) config() aws.Config {
	return aws.Config{Region: region, BaseEndpoint: &m.url, Credentials: credentials.NewStaticCredentialsProvider("test", "not-a-secret", "")}
}

// world is where the program runs: a folder, an environment, and perhaps a fake npx.
type world struct {
	t      *testing.T
	dir    string
	env    []string
	record string
}

func newWorld(t *testing.T, m *moto) *world {
	w := &world{t: t, dir: t.TempDir()}
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=not-a-secret",
	}
	if m != nil {
		w.env = append(w.env, "AWS_ENDPOINT_URL="+m.url)
	}
	return w
}

// fakeNpx records its arguments, a call a line, and does what script says after that.
func (w *world) fakeNpx(script string) {
	w.t.Helper()
	dir := w.t.TempDir()
	w.record = filepath.Join(dir, "record")
	text := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$*\" >>'%s'\n%s\n", w.record, script)
	if err := os.WriteFile(filepath.Join(dir, "npx"), []byte(text), 0o755); err != nil { //nolint:gosec // it is to be run
		w.t.Fatal(err)
	}
	w.env[0] = "PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// profile adds a profile to the AWS configuration of the world.
func (w *world) profile(name, lines string) {
	w.t.Helper()
	folder := filepath.Join(strings.TrimPrefix(w.env[1], "HOME="), ".aws")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		w.t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(folder, "config"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(file, "[profile %s]\n%s\n", name, lines); err != nil {
		w.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// calls are those of the fake npx.
func (w *world) calls() []string {
	text, err := os.ReadFile(w.record)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

type result struct {
	code        int
	out, errOut string
}

// run runs the program with answers on its standard input.
func (w *world) run(answers string, args ...string) result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, harness.Binary(w.t), args...)
	var out, errOut bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = w.dir, w.env, strings.NewReader(answers), &out, &errOut
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		w.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// outputs are those of the stack that the tests speak of.
func outputs() string {
	text, _ := json.Marshal(map[string]map[string]string{"PipelineStack": {
		"lambdaFunctionName": "PipelineStack-Transformer-1", "s3BucketName": "pipelinestack-lake-1",
		"kinesisDataStreamName": "orders", "kinesisFirehoseDeliveryStreamName": "PipelineStack-Delivery-1",
		"dataPrefix": "data/", "errorPrefix": "errors/", "region": region,
	}})
	return string(text)
}

// needsParts skips where the programs that come beside penstock have not been built.
func needsParts(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(filepath.Dir(harness.Binary(t)), "penstock-aws")); err != nil {
		t.Skip("bin/penstock-aws is not built: run `make aws`")
	}
}
