// Package compat drives the front door with the clients that services really use: the AWS SDKs for
// JavaScript and for Go, and the AWS command line. PENSTOCK_ENDPOINT points the tests at a running
// Penstock; without it they start the front door on the real log.
package compat

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/kinesis"
	"github.com/penstock/penstock/internal/stream"
)

const (
	accessKey = "AKIDCOMPAT"
	secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// endpoint is where the front door is, and the environment for clients of it. Signatures are
// verified, so that every client also shows that ours and its own agree.
func endpoint(t *testing.T) (url string, env []string) {
	t.Helper()
	if url := os.Getenv("PENSTOCK_ENDPOINT"); url != "" {
		// What the environment already says comes last and wins.
		return url, append([]string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=us-east-1"}, os.Environ()...)
	}
	ctx, stop := context.WithCancel(context.Background())
	opened, err := stream.Open(ctx, stream.Config{Dir: t.TempDir(), NoSync: true, DiskReserve: 1})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	server, err := kinesis.New(kinesis.Config{
		Credentials: []kinesis.Credential{{AccessKeyID: accessKey, SecretAccessKey: secretKey}},
		Logger:      slog.New(slog.NewTextHandler(t.Output(), nil)),
	}, log{opened})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, opened.Close()); err != nil {
			t.Error(err)
		}
	})
	url = "http://" + listener.Addr().String()
	return url, append(os.Environ(), "PENSTOCK_ENDPOINT="+url, "AWS_ACCESS_KEY_ID="+accessKey,
		"AWS_SECRET_ACCESS_KEY="+secretKey, "AWS_REGION=eu-central-1")
}

// run runs a client to its end and shows what it said.
func run(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
}

func TestJavaScriptSDK(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat("js/node_modules/@aws-sdk"); err != nil {
		run(t, "js", os.Environ(), "npm", "ci", "--no-audit", "--no-fund")
	}
	_, env := endpoint(t)
	run(t, "js", append(env, "NODE_NO_WARNINGS=1"), "node", "compat.mjs")
}

func TestAWSCommandLine(t *testing.T) {
	aws := findAWS()
	if aws == "" {
		t.Skip("the AWS command line is not installed (Debian: apt-get install awscli)")
	}
	_, env := endpoint(t)
	run(t, ".", append(env, "AWS="+aws), "./awscli.sh")
}

// findAWS is an AWS command line that starts; some installations leave only a broken launcher.
func findAWS() string {
	for _, name := range []string{os.Getenv("AWS"), "aws", "/usr/bin/aws", "/usr/local/bin/aws"} {
		if name != "" && exec.Command(name, "--version").Run() == nil {
			return name
		}
	}
	return ""
}
