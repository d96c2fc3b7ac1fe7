package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/penstock/penstock/internal/firehose/prefix"
)

// slow is a pipeline at the other end of what pipeline.yaml allows: on-demand, large records, long buffers.
var slow = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "slow")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	files := map[string]string{
		"pipeline.yaml": `stream: {name: slow, retention: 7d, max_record: 10485759B}
aws: {capacity: on-demand, notify: team@example.com, buffer: {size: 128MiB, interval: 15m}}
`,
		"contracts/t.yaml": "table: t\nmatch: has(event.id)\ncolumns:\n  - {name: id, type: bigint}\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return synthesize(dir)
})

// both are the two templates, by a word for messages.
func both(t *testing.T) map[string]map[string]resource {
	t.Helper()
	text, err := slow()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]map[string]resource{"orders": resources(t, template(t)), "slow": resources(t, text)}
}

// Kinesis: CreateStream takes a ShardCount for PROVISIONED alone, retention from 24 h, whole KiB from 1024 to 10240.
func TestTheStreamIsOneThatKinesisTakes(t *testing.T) {
	for name, want := range map[string]map[string]any{
		"orders": {"RetentionPeriodHours": 24.0, "MaxRecordSizeInKiB": 1024.0, "ShardCount": 1.0},
		"slow":   {"RetentionPeriodHours": 168.0, "MaxRecordSizeInKiB": 10240.0, "ShardCount": nil},
	} {
		got := both(t)[name]["Stream"].Properties
		for property, value := range want {
			if got[property] != value {
				t.Errorf("%s: %s is %v, want %v", name, property, got[property], value)
			}
		}
	}
}

// The guide's "Dynamic partitioning in Amazon Data Firehose" and "Understand custom prefixes for Amazon S3 objects",
// and ProcessorParameter of the API.
func TestTheDeliveryStreamIsOneThatFirehoseTakes(t *testing.T) {
	for name, all := range both(t) {
		s3 := all["Delivery"].Properties["ExtendedS3DestinationConfiguration"].(map[string]any)
		hints := s3["BufferingHints"].(map[string]any)
		if size, seconds := hints["SizeInMBs"].(float64), hints["IntervalInSeconds"].(float64); size < 64 || size > 128 || seconds < 60 || seconds > 900 {
			t.Errorf("%s: dynamic partitioning with a buffer of %v", name, hints)
		}
		prefixText, errors := s3["Prefix"].(string), s3["ErrorOutputPrefix"].(string)
		if !strings.Contains(prefixText, "!{partitionKeyFromLambda:table}") || strings.Contains(prefixText, "error-output-type") || strings.HasPrefix(errors, "data/") ||
			!strings.Contains(errors, "!{firehose:error-output-type}") || strings.Contains(errors, "partitionKey") {
			t.Errorf("%s: prefixes %s and %s", name, prefixText, errors)
		}
		// One machine evaluates prefixes by the same code (--as-aws).
		for text, kind := range map[string]prefix.Kind{prefixText: prefix.ForData, errors: prefix.ForErrors} {
			if _, err := prefix.Parse(text, kind); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		partitioning := s3["DynamicPartitioningConfiguration"].(map[string]any)
		if retry := partitioning["RetryOptions"].(map[string]any)["DurationInSeconds"].(float64); partitioning["Enabled"] != true || retry < 0 || retry > 7200 {
			t.Errorf("%s: %v", name, partitioning)
		}
		processors := s3["ProcessingConfiguration"].(map[string]any)["Processors"].([]any)
		if len(processors) != 1 || processors[0].(map[string]any)["Type"] != "Lambda" {
			t.Fatalf("%s: the keys come from the function; no other processor belongs there: %v", name, processors)
		}
		limits := map[string][2]float64{"BufferSizeInMBs": {0.2, 3}, "BufferIntervalInSeconds": {0, 900}, "NumberOfRetries": {0, 300}}
		for _, p := range processors[0].(map[string]any)["Parameters"].([]any) {
			parameter := p.(map[string]any)
			limit, known := limits[parameter["ParameterName"].(string)]
			if !known {
				continue
			}
			if value, err := strconv.ParseFloat(parameter["ParameterValue"].(string), 64); err != nil || value < limit[0] || value > limit[1] {
				t.Errorf("%s: %v", name, parameter)
			}
		}
	}
}

// The guide calls a function by an ARN with a version, and rights for one without do not hold for it.
func TestFirehoseMayCallTheFunctionByEitherName(t *testing.T) {
	for _, policy := range resources(t, template(t))["DeliveryRole"].Properties["Policies"].([]any) {
		for _, s := range policy.(map[string]any)["PolicyDocument"].(map[string]any)["Statement"].([]any) {
			statement := s.(map[string]any)
			if !slices.Contains(asList(statement["Action"]), any("lambda:InvokeFunction")) {
				continue
			}
			text, err := json.Marshal(statement["Resource"])
			if want := `[{"Fn::GetAtt":["Transformer","Arn"]},{"Fn::Join":[":",[{"Fn::GetAtt":["Transformer","Arn"]},"$LATEST"]]}]`; err != nil || string(text) != want {
				t.Errorf("the function may be called as %s, want %s", text, want)
			}
			return
		}
	}
	t.Error("Firehose may not call the function")
}

// Who else than the account's own roles uses the key: CloudWatch Logs and the alarms ("Encrypt log data in CloudWatch
// Logs"; "Enable compatibility between event sources from AWS services and encrypted topics" in SNS' guide).
func TestTheKeyServesLogsAndAlarms(t *testing.T) {
	key := resources(t, template(t))["Key"].Properties
	want := map[string][]string{
		"LogsOfThisAccount":   {"kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
		"AlarmsOfThisAccount": {"kms:Decrypt", "kms:GenerateDataKey*"},
	}
	for _, s := range key["KeyPolicy"].(map[string]any)["Statement"].([]any) {
		statement := s.(map[string]any)
		sid := statement["Sid"].(string)
		var got []string
		for _, action := range asList(statement["Action"]) {
			got = append(got, action.(string))
		}
		if slices.Sort(got); want[sid] != nil && (!slices.Equal(got, want[sid]) || statement["Condition"] == nil) {
			t.Errorf("%s: %v", sid, statement)
		}
		delete(want, sid)
	}
	if len(want) > 0 {
		t.Errorf("nothing is said of %v", want)
	}
	if tags, _ := json.Marshal(key["Tags"]); string(tags) != `[{"Key":"penstock:pipeline","Value":"orders"}]` {
		t.Errorf("the key's tags are %s", tags)
	}
}

// What a resource needs is in place before it: a role has its rights from its beginning, none is attached later.
func TestNoRoleGetsRightsLater(t *testing.T) {
	for id, r := range resources(t, template(t)) {
		if r.Type == "AWS::IAM::Policy" || r.Type == "AWS::IAM::RolePolicy" {
			t.Errorf("%s is attached to a role after the role is there", id)
		}
		if r.Type == "AWS::IAM::Role" && r.Properties["Policies"] == nil {
			t.Errorf("the role %s has no rights of its own", id)
		}
	}
}
