package main

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the golden templates anew")

// orders is the template most tests look at: synthesizing takes seconds.
var orders = sync.OnceValues(func() ([]byte, error) { return synthesize(example("orders")) })

func example(name string) string { return filepath.Join("../../examples", name) }

func template(t *testing.T) []byte {
	t.Helper()
	text, err := orders()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// synthesize makes the template of a pipeline's folder, with the asset's hash replaced: it changes with each build of the transformer.
func synthesize(pipelineDir string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "synthesize")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	code, out := filepath.Join(dir, "code"), filepath.Join(dir, "out")
	if err := errors.Join(os.Mkdir(code, 0o700), os.WriteFile(filepath.Join(code, "bootstrap"), []byte("not a program"), 0o700)); err != nil {
		return nil, err
	}
	if err := run([]string{"-pipeline", pipelineDir, "-transformer", code, "-out", out}); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(out, "PipelineStack.template.json"))
	return regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAll(text, []byte("HASH")), err
}

// Its name is in no resource: a copy of the folder, or a checkout under another name, deploys the same stack.
func TestTheFoldersNameChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Käse (copy) <2>")
	if err := os.CopyFS(dir, os.DirFS(example("orders"))); err != nil {
		t.Fatal(err)
	}
	got, err := synthesize(dir)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(template(t)) {
		t.Error("the template of a folder with another name is another one")
	}
}

type resource struct {
	Type                string
	Properties          map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
}

func resources(t *testing.T, text []byte) map[string]resource {
	t.Helper()
	var parsed struct{ Resources map[string]resource }
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Resources
}

func TestTemplatesAreGolden(t *testing.T) {
	for _, name := range []string{"orders", "retail"} {
		got, err := synthesize(example(name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".template.json")
		if *update {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("the template of %s changed; look at it, then run the test with -update", name)
		}
	}
}

// A role may do what its part does, and not one thing more.
func TestRolesHaveExactlyTheirActions(t *testing.T) {
	all := resources(t, template(t))
	for id, want := range map[string][]string{
		"SourceRole": {"kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kms:Decrypt"},
		"DeliveryRole": {
			"kms:Decrypt", "kms:GenerateDataKey", "lambda:GetFunctionConfiguration", "lambda:InvokeFunction", "logs:PutLogEvents",
			"s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:PutObject",
		},
		"TransformerRole": {"logs:CreateLogStream", "logs:PutLogEvents"},
		"ProducerPolicy":  {"kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords", "kms:GenerateDataKey"},
	} {
		got := actions(all[id].Properties)
		if !slices.Equal(got, want) {
			t.Errorf("%s may %v, want %v", id, got, want)
		}
	}
	for id, r := range all {
		if r.Type == "AWS::IAM::Role" && !slices.Contains([]string{"SourceRole", "DeliveryRole", "TransformerRole"}, id) {
			t.Errorf("role %s is not looked at here", id)
		}
	}
}

// actions collects what all statements below v allow, trust aside, and refuses a "*" among actions or resources.
func actions(v any) []string {
	var list []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if a, ok := v["Action"]; ok && a != "sts:AssumeRole" {
				for _, action := range asList(a) {
					list = append(list, action.(string))
				}
				if slices.Contains(asList(v["Resource"]), any("*")) {
					list = append(list, "ON EVERYTHING")
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(v)
	sort.Strings(list)
	return slices.Compact(list)
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func TestEveryAlarmTellsTheTopicOfItsStartAndItsEnd(t *testing.T) {
	alarms := 0
	for id, r := range resources(t, template(t)) {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		alarms++
		for _, what := range []string{"AlarmActions", "OKActions"} {
			actions, _ := r.Properties[what].([]any)
			if len(actions) != 1 || actions[0].(map[string]any)["Ref"] != "Alarms" {
				t.Errorf("%s: %s is %v", id, what, r.Properties[what])
			}
		}
		if r.Properties["TreatMissingData"] != "notBreaching" || r.Properties["AlarmDescription"] == "" {
			t.Errorf("%s: %v", id, r.Properties)
		}
	}
	if alarms != 13 {
		t.Errorf("%d alarms, want 13", alarms)
	}
}

func TestTheDataStaysWhenTheStackGoes(t *testing.T) {
	all := resources(t, template(t))
	for id, want := range map[string]string{
		"Lake": "RetainExceptOnCreate", "LakePolicy": "RetainExceptOnCreate", "Key": "RetainExceptOnCreate", "Stream": "Delete",
	} {
		r := all[id]
		if r.DeletionPolicy != want || (r.UpdateReplacePolicy == "Delete") != (want == "Delete") {
			t.Errorf("%s: %s, and when it is replaced %s; want %s", id, r.DeletionPolicy, r.UpdateReplacePolicy, want)
		}
	}
}

func TestAPipelineIsRefusedWithItsFaults(t *testing.T) {
	if err := run([]string{"-pipeline", t.TempDir(), "-transformer", t.TempDir(), "-out", t.TempDir()}); err == nil {
		t.Error("a folder without a pipeline was synthesized")
	}
	if err := run([]string{"-pipeline", "../../examples/orders", "-transformer", t.TempDir(), "-out", t.TempDir()}); err == nil {
		t.Error("a transformer without a bootstrap was synthesized")
	}
}
