package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const snowflakeOutputs = `{"S":{"lambdaFunctionName":"f","lambdaFunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f",
"s3BucketName":"lake","kinesisDataStreamName":"s","kinesisFirehoseDeliveryStreamName":"d","dataPrefix":"data/","region":"us-east-1"}}`

// TestTheWorksheetIsTheDryRun needs no account and no AWS.
func TestTheWorksheetIsTheDryRun(t *testing.T) {
	dir := t.TempDir()
	outputs, worksheet := filepath.Join(dir, "outputs.json"), filepath.Join(dir, "setup.sql")
	if err := os.WriteFile(outputs, []byte(snowflakeOutputs), 0o600); err != nil {
		t.Fatal(err)
	}
	setup := func(arguments ...string) string {
		var out bytes.Buffer
		cmd := newSnowflakeSetupCommand()
		cmd.SetOut(&out)
		cmd.SetArgs(append([]string{"-c", "../../examples/orders", "--outputs", outputs, "--database", `"My ""own"" data"`}, arguments...))
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	dry := setup("--dry-run")
	setup("--sql", worksheet)
	written, err := os.ReadFile(worksheet)
	if err != nil {
		t.Fatal(err)
	}
	sql := func(text string) []string {
		return slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return !strings.HasSuffix(l, ";") })
	}
	if !slices.Equal(sql(dry), sql(string(written))) || len(sql(dry)) < 80 {
		t.Errorf("the dry run has %d statements, the worksheet %d", len(sql(dry)), len(sql(string(written))))
	}
	for _, want := range []string{`CREATE DATABASE IF NOT EXISTS "My ""own"" data";`, "iam:CreateRole penstock-orders-snowflake", "<notification_channel>"} {
		if !strings.Contains(dry, want) {
			t.Errorf("the dry run lacks %s", want)
		}
	}
}
