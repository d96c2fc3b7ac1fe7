package main

import (
	"bytes"
	"strings"
	"testing"
)

func runCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestPlanPrintsTheBill(t *testing.T) {
	out, err := runCommand(t, "aws", "plan", "--events-per-second", "200", "--bytes", "350", "-c", "../../examples/orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"provisioned (1 shard(s))", " 10.95 ", " 7.36 ", " 72.68 ", "rounds each record up to 5 KiB"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestPlanRefusesWhatCannotBe(t *testing.T) {
	for want, args := range map[string][]string{
		"events a second and the bytes": {"aws", "plan"},
		"below the average":             {"aws", "plan", "--events-per-second", "200", "--bytes", "350", "--peak", "100"},
		"no such file":                  {"aws", "plan", "--events-per-second", "200", "--bytes", "350", "--prices", "missing.yaml"},
	} {
		_, err := runCommand(t, args...)
		if err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want exit code 2 and %q", args, err, want)
		}
	}
}
